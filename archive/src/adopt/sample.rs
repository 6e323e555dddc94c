//! Compares messages of both archives column by column, which are chosen by chance.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Timestamp};

use crate::adopt::incumbent::{AS_BYTES, literal, within};
use crate::adopt::old_row::{self, MSG_ID, NAMES, OldRow};
use crate::adopt::pair::Pair;
use crate::adopt::verified::Verified;
use crate::adopt::{judge, plan};
use crate::error::StoreError;
use crate::span::Span;
use crate::store::association::Association;
use crate::store::dead_letters::{self, LetterDigest};

/// So many messages are asked for at once.
const AT_ONCE: usize = 100;

/// Compares as many as `samples` messages of a span, all different and each as likely as any other: in the
/// order of slices and of time all have a place, and places are chosen.
pub(super) fn compare(
    pair: &mut Pair<'_>,
    span: Span,
    samples: u32,
    verified: &mut Verified,
) -> Result<(), StoreError> {
    let (first, last) = plan::years();
    let span = span.intersection(Span::between(first, last));
    // Each with the places of its messages.
    let mut slices: Vec<(Range<u64>, Span)> = Vec::new();
    let mut all = 0;
    for slice in pair.recorded {
        let part = slice.span.intersection(span);
        if part.from < part.to {
            let begin = all;
            all += match part == slice.span {
                true => slice.read,
                false => plan::count(&mut pair.old.connection, part)?,
            };
            slices.push((begin..all, part));
        }
    }
    let places = places(all, samples.into());
    let mut there = Vec::new();
    for (of_slice, slice) in slices {
        let begin = of_slice.start;
        let numbers = places.range(of_slice).map(|place| place - begin + 1);
        for numbers in numbers.collect::<Vec<_>>().chunks(AT_ONCE) {
            there.extend(numbered(&mut pair.old.connection, slice, numbers)?);
            if there.len() >= AT_ONCE {
                compare_these(pair, &there, verified)?;
                there.clear();
            }
        }
    }
    compare_these(pair, &there, verified)
}

/// A message with its time.
type Timed = (NaiveDateTime, OldRow);

/// So many different numbers below another, or all of them.
fn places(below: u64, count: u64) -> BTreeSet<u64> {
    if below <= count {
        return (0..below).collect();
    }
    let mut places = BTreeSet::new();
    while (places.len() as u64) < count {
        let random = uuid::Uuid::new_v4().as_u128() as u64;
        places.insert(random % below);
    }
    places
}

/// The messages of a slice there that have these numbers in the order of time, from 1 on; they ascend.
fn numbered(
    connection: &mut PgConnection,
    slice: Span,
    numbers: &[u64],
) -> QueryResult<Vec<Timed>> {
    let within = within(slice, "\"timestamp\"");
    let last = numbers.last().copied().unwrap_or_default();
    let numbers = list(numbers.iter().map(u64::to_string));
    timed(
        connection,
        // Moments are numbered by an index alone, up to the last that is asked for. Of those of one moment,
        // numbers that follow each other are different ones, whichever is the first.
        &format!(
            "(SELECT at, number FROM (
                 SELECT at, row_number() OVER (ORDER BY at) AS number FROM (
                     SELECT \"timestamp\" AS at FROM messages WHERE {within} ORDER BY \"timestamp\" LIMIT {last}) AS moments
             ) AS ordered WHERE number IN ({numbers})) AS chosen CROSS JOIN LATERAL (
                 SELECT * FROM messages WHERE \"timestamp\" = at AND {within} ORDER BY id
                 OFFSET number % (SELECT count(*) FROM messages WHERE \"timestamp\" = at AND {within}) LIMIT 1) AS message"
        ),
    )
}

/// The messages here that may be one of there.
fn same(connection: &mut PgConnection, there: &[Timed]) -> QueryResult<Vec<Timed>> {
    let values = list(there.iter().map(|(at, row)| match row.text(MSG_ID) {
        Some(id) => format!("({}, '{}')", literal(*at), id.replace('\'', "''")),
        None => format!("({}, NULL)", literal(*at)),
    }));
    timed(
        connection,
        &format!(
            "(SELECT DISTINCT at, id::text FROM (VALUES {values}) AS asked (at, id)) AS chosen (at, of)
             CROSS JOIN LATERAL (
                 SELECT * FROM messages WHERE \"timestamp\" = at AND msg_id IS NOT DISTINCT FROM of) AS message"
        ),
    )
}

fn list(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(", ")
}

/// The messages that a source has, but for those whose time is none here.
fn timed(connection: &mut PgConnection, source: &str) -> QueryResult<Vec<Timed>> {
    let mut rows = Vec::new();
    old_row::each(connection, &old_row::those(source), |row| {
        rows.extend(row.timestamp().map(|at| (at, row.clone())));
        Ok::<(), diesel::result::Error>(())
    })?;
    Ok(rows)
}

fn compare_these(
    pair: &mut Pair<'_>,
    there: &[Timed],
    verified: &mut Verified,
) -> Result<(), StoreError> {
    if there.is_empty() {
        return Ok(());
    }
    let here = same(&mut pair.new.connection, there)?;
    let named_there = Named::of(&mut pair.old.connection, there)?;
    let named_here = Named::of(&mut pair.new.connection, &here)?;
    let digests: Vec<LetterDigest> = there.iter().map(|(_, row)| judge::digest(row)).collect();
    let kept = dead_letters::kept(&mut pair.new.connection, &digests)?;
    let ids = here
        .iter()
        .filter_map(|(at, row)| Some((*at, row.text(MSG_ID)?)));
    let received = received(pair, there, &ids.collect())?;
    for ((at, row), digest) in there.iter().zip(digests) {
        verified.sampled += 1;
        let of_time = here.iter().filter(|(time, _)| time == at);
        let candidates = of_time.map(|(_, candidate)| candidate);
        let candidates =
            candidates.filter(|candidate| candidate.field(MSG_ID) == row.field(MSG_ID));
        let candidates: Vec<&OldRow> = candidates.collect();
        let equal = candidates.iter().find(|here| here.others() == row.others());
        let differing = match (equal, candidates.first()) {
            (Some(here), _) => named_there.that_differ(row, &named_here, here),
            (None, _) if kept.contains(&digest) => continue,
            (None, Some(here)) => columns_that_differ(row, here),
            (None, None) if received.contains(&row.id()) => continue,
            (None, None) => "all of it is missing".to_owned(),
        };
        if differing.is_empty() {
            continue;
        }
        if candidates.iter().any(|here| pair.has_own(*at, here.id())) {
            verified.own += 1;
            continue;
        }
        let id = row.text(MSG_ID).unwrap_or("without an id");
        verified.differ(format!("{at}: message {id} differs: {differing}"));
    }
    Ok(())
}

/// The keys there of messages that are here with the time at which nommer received them.
fn received(
    pair: &mut Pair<'_>,
    there: &[Timed],
    here: &HashSet<(NaiveDateTime, &str)>,
) -> QueryResult<HashSet<i64>> {
    let mut keys = HashSet::new();
    for (at, row) in there {
        let (at, id) = (*at, row.text(MSG_ID).unwrap_or_default());
        if !row.is_untimed() || here.contains(&(at, id)) {
            continue;
        }
        let moment = Span::between(at, at + TimeDelta::microseconds(1));
        if pair
            .received(moment, &[id])?
            .contains_key(&(id.to_owned(), at))
        {
            keys.insert(row.id());
        }
    }
    Ok(keys)
}

fn columns_that_differ(there: &OldRow, here: &OldRow) -> String {
    let mut told = String::new();
    // Keys are others, and the sum is of all columns.
    for (column, name) in NAMES.iter().enumerate().skip(1).take(NAMES.len() - 2) {
        if there.field(column) != here.field(column) {
            let comma = if told.is_empty() { "" } else { ", " };
            // Writing to a string cannot fail.
            let _ = write!(told, "{comma}{name}");
        }
    }
    told
}

/// The names of users, or of packages, by the key of a message; but for those that are no text.
type NamesOf = HashMap<i64, BTreeSet<Vec<u8>>>;

/// Whom and what messages concern.
struct Named([(&'static Association, NamesOf); 2]);

impl Named {
    fn of(connection: &mut PgConnection, messages: &[Timed]) -> QueryResult<Self> {
        let mut names = |association| {
            Ok::<_, diesel::result::Error>((association, names(connection, association, messages)?))
        };
        Ok(Self([
            names(&Association::USERS)?,
            names(&Association::PACKAGES)?,
        ]))
    }

    /// What differs between a message there and the same one here.
    fn that_differ(&self, there: &OldRow, here: &Self, same: &OldRow) -> String {
        let both = self.0.iter().zip(&here.0);
        let differing =
            both.filter(|((_, theirs), (_, ours))| theirs.get(&there.id()) != ours.get(&same.id()));
        list(differing.map(|((association, _), _)| association.names.to_owned()))
    }
}

fn names(
    connection: &mut PgConnection,
    association: &Association,
    messages: &[Timed],
) -> QueryResult<NamesOf> {
    #[derive(QueryableByName)]
    struct NameOfMessage {
        #[diesel(sql_type = BigInt)]
        message: i64,
        #[diesel(sql_type = Binary)]
        name: Vec<u8>,
    }
    let Association {
        names, ties, key, ..
    } = association;
    let rows: Vec<NameOfMessage> = diesel::sql_query(format!(
        "SELECT message, convert_to(name, {AS_BYTES}) AS name FROM unnest($1, $2) AS asked (message, at)
         CROSS JOIN LATERAL (SELECT {key} AS key FROM {ties} WHERE msg_id = message AND msg_timestamp = at) AS tie
         JOIN {names} AS named ON named.id = tie.key WHERE name IS NOT NULL"
    ))
    .bind::<Array<BigInt>, _>(messages.iter().map(|(_, row)| row.id()).collect::<Vec<_>>())
    .bind::<Array<Timestamp>, _>(messages.iter().map(|(at, _)| *at).collect::<Vec<_>>())
    .load(connection)?;
    let mut named = NamesOf::new();
    for NameOfMessage { message, name } in rows {
        if std::str::from_utf8(&name).is_ok() {
            named.entry(message).or_default().insert(name);
        }
    }
    Ok(named)
}
