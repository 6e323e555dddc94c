//! Which slices are to be read: what no run has read yet, and where the other archive has got more since.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::adopt::incumbent::{literal, moment, within};
use crate::adopt::ledger::Recorded;
use crate::span::Span;

/// So many messages are in a slice as a rule: with bodies of some kB a slice is read in a second or two.
/// All of a moment are in one.
const MOST: u32 = 20_000;

/// What is to be done next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// To read this.
    Read(Span),
    /// Nothing: an earlier run has read this, and there are as many messages as then.
    Skip(Span, u64),
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The first moment of the years that have four digits, and the first beyond them.
pub(super) fn years() -> (NaiveDateTime, NaiveDateTime) {
    let new_year = |year: i32| {
        NaiveDate::from_ymd_opt(year, 1, 1).map_or(NaiveDateTime::MAX, NaiveDateTime::from)
    };
    (new_year(1), new_year(10_000))
}

/// Tells the steps of a run over a span, oldest first, until `told` wants no more. What is older than all
/// years, or younger, comes in slices of its own: it cannot be stored.
///
/// Oldest first, since indexes grow best at their end, and keys are given in the order of time.
pub(super) fn each_step(
    old: &mut PgConnection,
    span: Span,
    recorded: &[Recorded],
    told: &mut dyn FnMut(Step) -> bool,
) -> QueryResult<()> {
    let (first, last) = years();
    let before = Span::before(first);
    let after = Span::since(last);
    if span.from.is_none() && !odd(old, before, recorded, told)? {
        return Ok(());
    }
    let within_years = Span::between(first, last);
    if let Some(span) = extent(old, span.intersection(within_years))?
        && !ordinary(old, span, recorded, told)?
    {
        return Ok(());
    }
    if span.to.is_none() {
        odd(old, after, recorded, told)?;
    }
    Ok(())
}

/// How many messages the other archive has within a span.
pub(super) fn count(old: &mut PgConnection, span: Span) -> QueryResult<u64> {
    let within = within(span, "\"timestamp\"");
    let sql = format!("SELECT count(*) AS count FROM messages WHERE {within}");
    let Count { count } = diesel::sql_query(sql).get_result(old)?;
    Ok(count.cast_unsigned())
}

/// A slice that has few messages, if any.
fn odd(
    old: &mut PgConnection,
    span: Span,
    recorded: &[Recorded],
    told: &mut dyn FnMut(Step) -> bool,
) -> QueryResult<bool> {
    let known = recorded.iter().find(|known| known.span == span);
    let read = known.map_or(0, |known| known.read);
    Ok(match count(old, span)? {
        0 => true,
        count if count == read => told(Step::Skip(span, read)),
        _ => told(Step::Read(span)),
    })
}

/// From the first to the last message of a span; `None` if there is none.
fn extent(old: &mut PgConnection, span: Span) -> QueryResult<Option<Span>> {
    let within = within(span, "\"timestamp\"");
    let query =
        |end: &str| format!("SELECT {end}(\"timestamp\") AS at FROM messages WHERE {within}");
    let first = moment(old, &query("min"))?;
    let last = moment(old, &query("max"))?;
    let both = first.zip(last);
    Ok(both.map(|(first, last)| Span::between(first, last + TimeDelta::microseconds(1))))
}

fn ordinary(
    old: &mut PgConnection,
    span: Span,
    recorded: &[Recorded],
    told: &mut dyn FnMut(Step) -> bool,
) -> QueryResult<bool> {
    let (Some(mut at), Some(end)) = (span.from, span.to) else {
        return Ok(true);
    };
    for known in recorded {
        let (Some(since), Some(until)) = (known.span.from, known.span.to) else {
            continue;
        };
        if until <= at || since >= end {
            continue;
        }
        if at < since && !fresh(old, at, since, told)? {
            return Ok(false);
        }
        let is_whole = count(old, known.span)? == known.read;
        let step = if is_whole {
            Step::Skip(known.span, known.read)
        } else {
            Step::Read(known.span)
        };
        if !told(step) {
            return Ok(false);
        }
        at = until;
    }
    Ok(at >= end || fresh(old, at, end, told)?)
}

/// Tells slices of a time of which none is recorded.
fn fresh(
    old: &mut PgConnection,
    mut at: NaiveDateTime,
    end: NaiveDateTime,
    told: &mut dyn FnMut(Step) -> bool,
) -> QueryResult<bool> {
    loop {
        let Some(first) = first_within(old, at, end)? else {
            return Ok(true);
        };
        let boundary = boundary(old, first, end)?;
        let slice = Span::between(at, boundary.unwrap_or(end));
        if !told(Step::Read(slice)) {
            return Ok(false);
        }
        match boundary {
            Some(boundary) => at = boundary,
            None => return Ok(true),
        }
    }
}

/// When the first message of a time was sent.
fn first_within(
    old: &mut PgConnection,
    from: NaiveDateTime,
    to: NaiveDateTime,
) -> QueryResult<Option<NaiveDateTime>> {
    let within = within(Span::between(from, to), "\"timestamp\"");
    moment(
        old,
        &format!("SELECT min(\"timestamp\") AS at FROM messages WHERE {within}"),
    )
}

/// Where the slice ends that begins at `first`; `None` if all that is left is in it.
fn boundary(
    old: &mut PgConnection,
    first: NaiveDateTime,
    end: NaiveDateTime,
) -> QueryResult<Option<NaiveDateTime>> {
    let within = within(Span::between(first, end), "\"timestamp\"");
    let at = moment(
        old,
        &format!(
            "SELECT \"timestamp\" AS at FROM messages WHERE {within} ORDER BY \"timestamp\" OFFSET {MOST} LIMIT 1"
        ),
    )?;
    if at != Some(first) {
        return Ok(at);
    }
    let later = literal(first);
    moment(
        old,
        &format!(
            "SELECT min(\"timestamp\") AS at FROM messages WHERE {within} AND \"timestamp\" > {later}"
        ),
    )
}
