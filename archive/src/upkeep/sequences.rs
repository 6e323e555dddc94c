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
const TABLES: [&str; 4] = ["messages", "users", "packages", "dead_letters"];
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
    pub fn advance_sequences(&self) -> Result<Vec<AdvancedSequence>, StoreError> {
        connection::run(
            &self.pool,
            "advance_sequences",
            &"",
            Some(connection::PATIENCE),
            |connection| {
                connection.transaction(|connection| {
                    locks::hold(connection, SEQUENCES)?;
                    let mut advanced = Vec::new();
                    for sequence in sequences(connection)? {
                        advanced.extend(advance(connection, &sequence)?);
                    }
                    Ok(advanced)
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
}

fn sequences(connection: &mut PgConnection) -> QueryResult<Vec<Sequence>> {
    diesel::sql_query(
        "SELECT objid::regclass::text AS name, attrelid::regclass::text AS owner, quote_ident(attname) AS key,
                has_sequence_privilege(objid, 'USAGE') AS usable
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

/// Takes numbers until none is left that the table may hold. Unlike setting it, this never turns a
/// sequence back, whoever takes numbers meanwhile, and needs no right but the one to store.
fn advance(
    connection: &mut PgConnection,
    sequence: &Sequence,
) -> QueryResult<Option<AdvancedSequence>> {
    let Sequence {
        name,
        owner,
        key,
        usable,
    } = sequence;
    if !usable {
        tracing::warn!(
            sequence = name,
            "no right to use a sequence: it may be behind its table"
        );
        return Ok(None);
    }
    let Progress { highest, given } = diesel::sql_query(format!(
        "SELECT coalesce(max({key}), 0)::bigint AS highest, pg_sequence_last_value($1::regclass) AS given FROM {owner}"
    ))
    .bind::<Text, _>(name)
    .get_result(connection)?;
    let from = given.unwrap_or_default();
    if from >= highest {
        return Ok(None);
    }
    tracing::warn!(
        sequence = name,
        table = owner,
        from,
        to = highest,
        "a sequence is behind its table: advancing it"
    );
    // One at first: a sequence that has given out nothing may begin anywhere.
    let (mut to, mut count) = (from, 1);
    while to < highest {
        let Taken { last } = diesel::sql_query(
            "SELECT max(nextval($1::regclass)) AS last FROM generate_series(1, $2)",
        )
        .bind::<Text, _>(name)
        .bind::<BigInt, _>(count)
        .get_result(connection)?;
        to = last;
        count = (highest - to).min(MOST_AT_ONCE);
    }
    let name = name.clone();
    Ok(Some(AdvancedSequence { name, from, to }))
}

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
