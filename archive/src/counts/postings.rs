//! Postings: the ids of the messages that a counter counts, kept with it or read from an index.

use std::collections::BTreeMap;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Array, BigInt, Binary, Nullable};
use roaring::RoaringTreemap;

use crate::counts::bucket::Bucket;
use crate::counts::kind::Kind;
use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::query::index::AnswerIndex;

/// A value that is counted: a kind of counters, and the name that they have for it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Term {
    pub(crate) kind: Kind,
    /// The category, topic or agent, or the key of the user or package; empty for all messages.
    pub(crate) name: String,
}

impl Term {
    /// All messages.
    pub(crate) fn all() -> Self {
        Self {
            kind: Kind::All,
            name: String::new(),
        }
    }
}

/// A term in a bucket.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Counter {
    pub(crate) term: Term,
    pub(crate) bucket: Bucket,
}

impl Counter {
    fn is_of(&self, dimension: Dimension) -> bool {
        self.term.kind == Kind::Of(dimension)
    }
}

/// The postings that the database keeps with counters; counters that lack them, be it for one of
/// their categories, are left out.
pub(crate) fn kept(
    connection: &mut PgConnection,
    counters: &[Counter],
) -> QueryResult<BTreeMap<Counter, RoaringTreemap>> {
    let mut found = BTreeMap::<Counter, RoaringTreemap>::new();
    if counters.is_empty() {
        return Ok(found);
    }
    let mut sql = Sql::new("SELECT wanted.number, counters.ids FROM unnest(");
    push_arrays(&mut sql, counters);
    sql.push(
        ") WITH ORDINALITY AS wanted (kind, name, span, start, number)
         JOIN counters USING (kind, name, span, start)",
    );
    let mut lacking = Vec::new();
    for (number, bytes) in sql
        .of::<(BigInt, Nullable<Binary>)>()
        .load::<(i64, Option<Vec<u8>>)>(connection)?
    {
        let Some(counter) = numbered(counters, number) else {
            continue;
        };
        match bytes {
            // A topic has a row for each of its categories.
            Some(bytes) => *found.entry(counter.clone()).or_default() |= deserialize(&bytes)?,
            None => lacking.push(counter),
        }
    }
    for counter in lacking {
        found.remove(counter);
    }
    Ok(found)
}

/// The postings that the indexes tell; counters without any message are left out.
pub(crate) fn indexed(
    connection: &mut PgConnection,
    counters: &[Counter],
) -> QueryResult<BTreeMap<Counter, RoaringTreemap>> {
    let mut found = BTreeMap::new();
    if counters.is_empty() {
        return Ok(found);
    }
    let mut sql = Sql::default();
    for dimension in Dimension::BY_SELECTIVITY {
        let numbered: Vec<(i64, &Counter)> = (1..)
            .zip(counters)
            .filter(|(_, counter)| counter.is_of(dimension))
            .collect();
        if !numbered.is_empty() {
            push_indexed(&mut sql, dimension, &numbered);
        }
    }
    for (number, ids) in sql
        .of::<(BigInt, Array<BigInt>)>()
        .load::<(i64, Vec<i64>)>(connection)?
    {
        if let Some(counter) = numbered(counters, number) {
            let ids = ids.into_iter().map(i64::cast_unsigned).collect();
            found.insert(counter.clone(), ids);
        }
    }
    Ok(found)
}

/// Appends the statement that reads postings of a dimension from its index.
fn push_indexed(sql: &mut Sql, dimension: Dimension, numbered: &[(i64, &Counter)]) {
    let AnswerIndex {
        table,
        column,
        timestamp,
        id,
    } = dimension.index();
    let numbers = numbered.iter().map(|(number, _)| *number).collect();
    let counters = || numbered.iter().map(|(_, counter)| *counter);
    let starts = counters().map(|counter| counter.bucket.start);
    let ends = counters().map(|counter| counter.bucket.end().unwrap_or(counter.bucket.start));
    sql.union_all("SELECT wanted.number, there.ids FROM unnest(")
        .bind(Bind::BigInts(numbers))
        .push(", ");
    sql.bind(names(dimension, counters())).push(", ");
    sql.bind(Bind::Times(starts.collect())).push(", ");
    sql.bind(Bind::Times(ends.collect()));
    sql.push(&format!(
        ") AS wanted (number, name, first, past) CROSS JOIN LATERAL (
           SELECT array_agg({id}) AS ids FROM {table}
           WHERE {column} = wanted.name AND {timestamp} >= wanted.first AND {timestamp} < wanted.past) AS there
         WHERE there.ids IS NOT NULL"
    ));
}

/// The names of counters as the indexed column holds them.
fn names<'a>(dimension: Dimension, counters: impl Iterator<Item = &'a Counter>) -> Bind {
    let names = counters.map(|counter| counter.term.name.as_str());
    // Only the database makes names of keys and numbers.
    if dimension == Dimension::Subjects {
        Bind::BigInts(names.map(|name| name.parse().unwrap_or_default()).collect())
    } else if dimension.is_association() {
        Bind::Integers(names.map(|name| name.parse().unwrap_or_default()).collect())
    } else {
        Bind::Texts(names.map(str::to_owned).collect())
    }
}

/// Appends arrays of the kinds, names, spans and starts of counters.
pub(crate) fn push_arrays<'s>(sql: &'s mut Sql, counters: &[Counter]) -> &'s mut Sql {
    let kinds = counters
        .iter()
        .map(|counter| counter.term.kind.letter().to_owned());
    let names = counters.iter().map(|counter| counter.term.name.clone());
    let spans = counters
        .iter()
        .map(|counter| counter.bucket.unit.letter().to_owned());
    let starts = counters.iter().map(|counter| counter.bucket.start.date());
    sql.bind(Bind::Texts(kinds.collect())).push(", ");
    sql.bind(Bind::Texts(names.collect())).push(", ");
    sql.bind(Bind::Texts(spans.collect())).push(", ");
    sql.bind(Bind::Dates(starts.collect()))
}

/// Postings as the database keeps them: a roaring bitmap of 64 bits in the portable format.
pub(crate) fn serialize(ids: &RoaringTreemap) -> QueryResult<Vec<u8>> {
    let mut bytes = Vec::with_capacity(ids.serialized_size());
    ids.serialize_into(&mut bytes)
        .map_err(|error| Error::SerializationError(Box::new(error)))?;
    Ok(bytes)
}

fn deserialize(bytes: &[u8]) -> QueryResult<RoaringTreemap> {
    RoaringTreemap::deserialize_from(bytes)
        .map_err(|error| Error::DeserializationError(Box::new(error)))
}

/// The counter with this number, from 1 on.
fn numbered(counters: &[Counter], number: i64) -> Option<&Counter> {
    let place = usize::try_from(number - 1).ok()?;
    counters.get(place)
}
