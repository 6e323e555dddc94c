//! How the archive fares, in a few numbers that whoever watches asks for again and again.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Timestamp};

use crate::database::connection;
use crate::error::StoreError;
use crate::upkeep::snapshots;
use crate::upkeep::tasks::Upkeep;

/// How the archive fares.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Condition {
    /// Deliveries that are put aside, and were not discarded.
    pub dead_letters: u64,
    /// When the last of them came.
    pub last_dead_letter: Option<NaiveDateTime>,
    /// Notes of writers that are not folded into the counters yet.
    pub notes: u64,
    /// Since when (UTC) the oldest open snapshot that we may see keeps dead rows from being cleaned.
    pub oldest_snapshot: Option<NaiveDateTime>,
    /// The first day after the last partition; `None` where there is none but that for strays.
    pub partitioned_until: Option<NaiveDate>,
}

#[derive(QueryableByName)]
struct Facts {
    #[diesel(sql_type = BigInt)]
    letters: i64,
    #[diesel(sql_type = Nullable<Timestamp>)]
    last_letter: Option<NaiveDateTime>,
    #[diesel(sql_type = BigInt)]
    notes: i64,
    #[diesel(sql_type = Nullable<Integer>)]
    last_year: Option<i32>,
}

fn facts(connection: &mut PgConnection) -> QueryResult<Facts> {
    diesel::sql_query(
        "SELECT (SELECT count(*) FROM dead_letters WHERE discarded_at IS NULL) AS letters,
                (SELECT max(last_received_at) FROM dead_letters WHERE discarded_at IS NULL) AS last_letter,
                (SELECT count(*) FROM counter_changes) AS notes,
                (SELECT max(substr(relname, 11)::int) FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                 WHERE inhparent = 'messages'::regclass AND relname ~ '^messages_y[0-9]+$') AS last_year",
    )
    .get_result(connection)
}

impl Upkeep {
    /// Tells it. Reads the tables of dead letters and of notes, which are small as a rule, and no messages.
    pub fn condition(&self) -> Result<Condition, StoreError> {
        let timeout = Some(connection::PATIENCE);
        let read = |connection: &mut PgConnection| {
            Ok((facts(connection)?, snapshots::oldest_holder(connection)?))
        };
        let (facts, holder) = connection::run(&self.pool, "condition", &"", timeout, read)?;
        let after = |year: i32| NaiveDate::from_ymd_opt(year + 1, 1, 1);
        Ok(Condition {
            dead_letters: facts.letters.unsigned_abs(),
            last_dead_letter: facts.last_letter,
            notes: facts.notes.unsigned_abs(),
            oldest_snapshot: holder.and_then(|(_, since)| since),
            partitioned_until: facts.last_year.and_then(after),
        })
    }
}
