//! The table in which slices are recorded, and where the other archive is told from others.

use chrono::{NaiveDateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamp};

use crate::adopt::copied::Adopted;
use crate::span::Span;
use crate::store::left_out::one_row;

/// A slice that was taken over.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) span: Span,
    pub(super) read: u64,
    pub(super) stored: u64,
    /// Keys that were given, each from the first to the last.
    keys: Vec<KeyRun>,
}

/// Keys that follow each other: the first and the last.
pub(super) type KeyRun = (i64, i64);

impl Recorded {
    /// Whether the message that has this key was stored when the slice was read. Where nobody recorded keys,
    /// all may have been.
    pub(super) fn gave(&self, key: i64) -> bool {
        let is_known = !self.keys.is_empty() || self.stored == 0;
        !is_known || self.has_given(key)
    }

    fn has_given(&self, key: i64) -> bool {
        let mut runs = self.keys.iter();
        runs.any(|(first, last)| (*first..=*last).contains(&key))
    }
}

/// The slice that has a moment, of some in the order of time.
fn of_time(recorded: &[Recorded], at: NaiveDateTime) -> Option<&Recorded> {
    let later = recorded.partition_point(|slice| slice.span.from.is_none_or(|from| from <= at));
    let of_time = recorded[..later].last();
    of_time.filter(|slice| slice.span.holds(at))
}

/// Whether nommer had stored the message of this time and key itself before its slice was read.
pub(super) fn is_own(recorded: &[Recorded], at: NaiveDateTime, key: i64) -> bool {
    of_time(recorded, at).is_some_and(|slice| !slice.gave(key))
}

/// Whether the message of this time and key is known to be one that was stored when its slice was read.
pub(super) fn has_given(recorded: &[Recorded], at: NaiveDateTime, key: i64) -> bool {
    of_time(recorded, at).is_some_and(|slice| slice.has_given(key))
}

#[derive(QueryableByName)]
struct RecordedRow {
    #[diesel(sql_type = Nullable<Timestamp>)]
    since: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<Timestamp>)]
    until: Option<NaiveDateTime>,
    #[diesel(sql_type = BigInt)]
    read: i64,
    #[diesel(sql_type = BigInt)]
    stored: i64,
    #[diesel(sql_type = Array<BigInt>)]
    first: Vec<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    last: Vec<i64>,
}

#[derive(QueryableByName)]
struct DatabaseName {
    #[diesel(sql_type = Text)]
    name: String,
}

/// What tells the database of a session from all others: it stays when servers start again.
pub(super) fn identity(connection: &mut PgConnection) -> QueryResult<String> {
    let sql = "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' ||
                      (SELECT oid FROM pg_database WHERE datname = current_database()) AS name";
    let row = diesel::sql_query(sql).get_result(connection)?;
    let DatabaseName { name } = row;
    Ok(name)
}

/// The slices of another archive that were taken over, by time.
pub(super) fn slices(connection: &mut PgConnection, source: &str) -> QueryResult<Vec<Recorded>> {
    let rows: Vec<RecordedRow> = diesel::sql_query(
        "SELECT nullif(since, '-infinity') AS since, nullif(until, 'infinity') AS until, read, stored,
                ARRAY(SELECT lower(key) FROM unnest(keys) AS key) AS first,
                ARRAY(SELECT upper(key) - 1 FROM unnest(keys) AS key) AS last
         FROM adoption_slices WHERE source = $1 ORDER BY adoption_slices.since",
    )
    .bind::<Text, _>(source)
    .load(connection)?;
    let recorded = |row: RecordedRow| Recorded {
        span: Span {
            from: row.since,
            to: row.until,
        },
        read: row.read.cast_unsigned(),
        stored: row.stored.cast_unsigned(),
        keys: row.first.into_iter().zip(row.last).collect(),
    };
    Ok(rows.into_iter().map(recorded).collect())
}

/// Records a slice that was read, for the first time or again.
pub(super) fn record(
    connection: &mut PgConnection,
    source: &str,
    span: Span,
    adopted: &Adopted,
    keys: &[KeyRun],
) -> QueryResult<()> {
    let (first, last): (Vec<i64>, Vec<i64>) = keys.iter().copied().unzip();
    let recorded = diesel::sql_query(
        "INSERT INTO adoption_slices AS slice (source, since, until, read, stored, put_aside, done_at, keys)
         VALUES ($1, coalesce($2, '-infinity'), coalesce($3, 'infinity'), $4, $5, $6, $7,
                 ARRAY(SELECT int8range(first, last, '[]') FROM unnest($8, $9) AS given (first, last)))
         ON CONFLICT (source, since) DO UPDATE SET until = excluded.until, read = excluded.read,
             stored = slice.stored + excluded.stored, put_aside = excluded.put_aside, done_at = excluded.done_at,
             keys = slice.keys || excluded.keys",
    )
    .bind::<Text, _>(source)
    .bind::<Nullable<Timestamp>, _>(span.from)
    .bind::<Nullable<Timestamp>, _>(span.to)
    .bind::<BigInt, _>(adopted.read.cast_signed())
    .bind::<BigInt, _>(adopted.stored.cast_signed())
    .bind::<BigInt, _>(adopted.put_aside.cast_signed())
    .bind::<Timestamp, _>(Utc::now().naive_utc())
    .bind::<Array<BigInt>, _>(first)
    .bind::<Array<BigInt>, _>(last)
    .execute(connection)?;
    one_row("adoption_slices", recorded)
}
