//! Makes partitions ahead of their years.

use chrono::{Datelike, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};

use crate::database::connection;
use crate::database::sql::{Bind, Sql};
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

impl Upkeep {
    /// Makes the partitions of the year of `now` and of the next one; answers how many are new. Fails
    /// with [`StoreError::Schema`] where one is missing that only the owner of `messages` can make.
    pub fn add_partitions(&self, now: NaiveDateTime) -> Result<usize, StoreError> {
        let (new, not_ours) = connection::run(
            &self.pool,
            "add_partitions",
            &"",
            Some(connection::PATIENCE),
            |connection| {
                let (mut new, mut not_ours) = (0, None);
                for year in [now.year(), now.year() + 1] {
                    if let Some(owner) = owner_of_missing(connection, year)? {
                        not_ours = not_ours.or(Some((year, owner)));
                        continue;
                    }
                    // Rather fails than that all writers wait behind a long query.
                    let sql = diesel::sql_query("SELECT messages_add_partition($1) AS added");
                    let Added { added } = sql.bind::<Integer, _>(year).get_result(connection)?;
                    new += usize::from(added);
                }
                Ok((new, not_ours))
            },
        )?;
        match not_ours {
            None => Ok(new),
            Some((year, owner)) => Err(StoreError::Schema(format!(
                "there is no partition for {year}, and only {owner} can make it: run `SELECT messages_add_partition({year})` as {owner}"
            ))),
        }
    }
}

/// What is wrong with the partitions.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PartitionFaults {
    /// The present year and the next one, as far as they have none.
    pub missing: Vec<i32>,
    /// How many messages of years that come one after the other from the first one with a partition to the next year are in the
    /// partition for strays.
    pub strays: u64,
}

impl Upkeep {
    /// Tells what is wrong with the partitions.
    pub fn partition_faults(&self, now: NaiveDateTime) -> Result<PartitionFaults, StoreError> {
        let years = vec![now.year(), now.year() + 1];
        let timeout = Some(connection::PATIENCE);
        connection::run(&self.pool, "partitions", &"", timeout, |connection| {
            let mut sql = Sql::new("SELECT year FROM unnest(");
            sql.bind(Bind::Integers(years.clone()));
            sql.push(") AS year WHERE to_regclass('messages_y' || year) IS NULL ORDER BY year");
            let missing = sql.of::<Integer>().load(connection)?;
            let mut sql = Sql::new(
                "SELECT count(*) FROM messages_default WHERE extract(year FROM \"timestamp\") BETWEEN
                   (SELECT min(substr(relname, 11)::int) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                    WHERE inhparent = 'messages'::regclass AND relname ~ '^messages_y[0-9]+$') AND ",
            );
            sql.bind(Bind::Integer(now.year() + 1));
            let strays: i64 = sql.of::<BigInt>().get_result(connection)?;
            let strays = strays.unsigned_abs();
            Ok(PartitionFaults { missing, strays })
        })
    }
}

/// Who owns `messages`, if the partition of this year is missing and this role cannot make it.
fn owner_of_missing(connection: &mut PgConnection, year: i32) -> QueryResult<Option<String>> {
    let mut sql = Sql::new(
        "SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class
         WHERE oid = 'messages'::regclass AND NOT pg_has_role(relowner, 'USAGE') AND to_regclass('messages_y' || ",
    );
    sql.bind(Bind::Text(year.to_string())).push(") IS NULL");
    sql.of::<Text>().get_result(connection).optional()
}

#[derive(QueryableByName)]
struct Added {
    #[diesel(sql_type = Bool)]
    added: bool,
}
