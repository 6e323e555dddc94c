//! Brings sequences up to their tables: a logical replica and a partial restore copy rows, and not how
//! far their keys have been given out.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};

use crate::database::connection;
use crate::database::locks::{self, SEQUENCES};
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

/// The tables whose keys are numbers that a sequence gives out.
const TABLES: [&str; 5] = [
    "messages",
    "users",
    "packages",
    "dead_letters",
    "counter_horizon",
];
/// So many numbers are taken by one statement, which is a second or so.
const MOST_AT_ONCE: i64 = 1_000_000;

/// A sequence that had given out less than its table holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdvancedSequence {
    /// Its name, as SQL writes it.
    pub name: String,
    /// The last number that it had given out; 0 if none.
    pub from: i64,
    /// The last number that it has given out now.
    pub to: i64,
}

impl Upkeep {
    /// Advances the sequences that are behind the keys of their tables, with a line in the log for
    /// each. Several programs may do so at once, while others store.
    ///
    /// What is far behind takes many steps; each is done whatever becomes of the next.
    pub fn advance_sequences(&self) -> Result<Vec<AdvancedSequence>, StoreError> {
        let mut advanced = Vec::new();
        for sequence in self.step_of_sequences(sequences)? {
            advanced.extend(self.advance(&sequence)?);
        }
        Ok(advanced)
    }

    /// The sequences that are behind their tables, and how far each would be advanced.
    pub fn sequences_behind(&self) -> Result<Vec<AdvancedSequence>, StoreError> {
        connection::run(
            &self.pool,
            "sequences_behind",
            &"",
            Some(connection::PATIENCE),
            |connection| {
                let mut behind = Vec::new();
                for sequence in sequences(connection)? {
                    let Progress { highest, given } = sequence.progress(connection)?;
                    let from = given.unwrap_or_default();
                    if from < highest {
                        let (name, to) = (sequence.name, highest);
                        behind.push(AdvancedSequence { name, from, to });
                    }
                }
                Ok(behind)
            },
        )
    }

    fn advance(&self, sequence: &Sequence) -> Result<Option<AdvancedSequence>, StoreError> {
        let name = &sequence.name;
        if !sequence.usable {
            tracing::warn!(
                sequence = name,
                "no right to use a sequence: it may be behind its table"
            );
            return Ok(None);
        }
        let Progress { highest, given } =
            self.step_of_sequences(|connection| sequence.progress(connection))?;
        let from = given.unwrap_or_default();
        if from >= highest {
            return Ok(None);
        }
        tracing::warn!(
            sequence = name,
            table = sequence.owner,
            from,
            to = highest,
            "a sequence is behind its table: advancing it"
        );
        let mut to = from;
        while to < highest {
            to = self.step_of_sequences(|connection| sequence.step(connection, highest))?;
            tracing::debug!(sequence = name, to, of = highest, "a sequence goes on");
        }
        let name = name.clone();
        Ok(Some(AdvancedSequence { name, from, to }))
    }

    fn step_of_sequences<T>(
        &self,
        step: impl Fn(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        connection::run(
            &self.pool,
            "advance_sequences",
            &"",
            Some(connection::PATIENCE),
            |connection| {
                connection.transaction(|connection| {
                    locks::hold(connection, SEQUENCES)?;
                    step(connection)
                })
            },
        )
    }
}

#[derive(QueryableByName)]
struct Sequence {
    #[diesel(sql_type = Text)]
    name: String,
    /// The table that it gives keys to, and the column.
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Bool)]
    usable: bool,
    /// Whether it may be set, and not only asked for the next number.
    #[diesel(sql_type = Bool)]
    settable: bool,
}

fn sequences(connection: &mut PgConnection) -> QueryResult<Vec<Sequence>> {
    diesel::sql_query(
        "SELECT objid::regclass::text AS name, attrelid::regclass::text AS owner, quote_ident(attname) AS key,
                has_sequence_privilege(objid, 'USAGE') AS usable, has_sequence_privilege(objid, 'UPDATE') AS settable
         FROM pg_depend
         JOIN pg_class ON pg_class.oid = objid AND relkind = 'S'
         JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
         WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
           AND refobjid IN (SELECT to_regclass(name) FROM unnest($1) AS name)
         ORDER BY 1",
    )
    .bind::<Array<Text>, _>(&TABLES[..])
    .load(connection)
}

impl Sequence {
    /// The highest key of the table, and the last number that was given out.
    fn progress(&self, connection: &mut PgConnection) -> QueryResult<Progress> {
        let Self {
            name, owner, key, ..
        } = self;
        diesel::sql_query(format!(
            "SELECT coalesce(max({key}), 0)::bigint AS highest, pg_sequence_last_value($1::regclass) AS given FROM {owner}"
        ))
        .bind::<Text, _>(name)
        .get_result(connection)
    }

    /// Takes numbers that the table may hold, and answers the last one.
    ///
    /// Taking never turns a sequence back, whoever takes numbers meanwhile, and needs no right but
    /// the one to store. One that is far behind is set, where that is allowed: nobody takes so many
    /// numbers in the moment between.
    fn step(&self, connection: &mut PgConnection, highest: i64) -> QueryResult<i64> {
        let Progress { given, .. } = diesel::sql_query(
            "SELECT 0::bigint AS highest, pg_sequence_last_value($1::regclass) AS given",
        )
        .bind::<Text, _>(&self.name)
        .get_result(connection)?;
        let (take, number) = match given {
            // It may begin anywhere.
            None => (TAKE, 1),
            Some(given) if given >= highest => return Ok(given),
            Some(given) if self.settable && highest - given > MOST_AT_ONCE => (SET, highest),
            Some(given) => (TAKE, (highest - given).min(MOST_AT_ONCE)),
        };
        let Taken { last } = diesel::sql_query(take)
            .bind::<Text, _>(&self.name)
            .bind::<BigInt, _>(number)
            .get_result(connection)?;
        Ok(last)
    }
}

/// Takes as many numbers.
const TAKE: &str = "SELECT max(nextval($1::regclass)) AS last FROM generate_series(1, $2)";
/// Sets the last number that was given out.
const SET: &str = "SELECT setval($1::regclass, $2) AS last";

#[derive(QueryableByName)]
struct Progress {
    #[diesel(sql_type = BigInt)]
    highest: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    given: Option<i64>,
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = BigInt)]
    last: i64,
}
