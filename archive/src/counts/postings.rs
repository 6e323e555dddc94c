//! The ids of the messages that a counter counts: kept with it, or read from the index.

use std::collections::BTreeMap;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Array, BigInt, Binary};
use roaring::RoaringTreemap;

use crate::counts::bucket::Cell;
use crate::database::sql::{Bind, Sql};
use crate::query::dimension::{Dimension, Source};

/// A value of a dimension, in a cell.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Counter {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) cell: Cell,
}

impl Counter {
    /// `None` where no ids are kept for the kind.
    pub(crate) fn of(kind: &str, name: String, cell: Cell) -> Option<Self> {
        let dimension = Dimension::ALL
            .into_iter()
            .find(|dimension| dimension.kind() == kind)?;
        Some(Self {
            kind: dimension.kind(),
            name,
            cell,
        })
    }

    fn dimension(&self) -> Option<Dimension> {
        Dimension::ALL
            .into_iter()
            .find(|dimension| dimension.kind() == self.kind)
    }
}

/// The ids that the database keeps with counters; those without any are left out.
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
         JOIN counters USING (kind, name, span, start) WHERE counters.ids IS NOT NULL",
    );
    for (number, bytes) in sql
        .of::<(BigInt, Binary)>()
        .load::<(i64, Vec<u8>)>(connection)?
    {
        let ids = RoaringTreemap::deserialize_from(bytes.as_slice())
            .map_err(|error| Error::DeserializationError(Box::new(error)))?;
        if let Some(counter) = numbered(counters, number) {
            // A topic has a counter for each of its categories.
            *found.entry(counter.clone()).or_default() |= ids;
        }
    }
    Ok(found)
}

/// The ids that the indexes tell.
pub(crate) fn indexed(
    connection: &mut PgConnection,
    counters: &[Counter],
) -> QueryResult<BTreeMap<Counter, RoaringTreemap>> {
    let mut found = BTreeMap::new();
    if counters.is_empty() {
        return Ok(found);
    }
    let mut sql = Sql::default();
    for dimension in Dimension::ALL {
        let numbered = (1..)
            .zip(counters)
            .filter(|(_, counter)| counter.dimension() == Some(dimension));
        let (numbers, those): (Vec<i64>, Vec<&Counter>) = numbered.unzip();
        if those.is_empty() {
            continue;
        }
        let Source {
            table,
            column,
            timestamp,
            id,
        } = dimension.source();
        sql.union_all("SELECT wanted.number, there.ids FROM unnest(")
            .bind(Bind::BigInts(numbers))
            .push(", ");
        sql.bind(names(dimension, &those)).push(", ");
        sql.bind(Bind::Times(
            those.iter().map(|counter| counter.cell.start).collect(),
        ))
        .push(", ");
        let ends = those
            .iter()
            .map(|counter| counter.cell.end().unwrap_or(counter.cell.start));
        sql.bind(Bind::Times(ends.collect()));
        sql.push(&format!(
            ") AS wanted (number, name, first, past) CROSS JOIN LATERAL (
               SELECT array_agg({id}) AS ids FROM {table}
               WHERE {column} = wanted.name AND {timestamp} >= wanted.first AND {timestamp} < wanted.past) AS there
             WHERE there.ids IS NOT NULL"
        ));
    }
    for (number, ids) in sql
        .of::<(BigInt, Array<BigInt>)>()
        .load::<(i64, Vec<i64>)>(connection)?
    {
        if let Some(counter) = numbered(counters, number) {
            found.insert(
                counter.clone(),
                ids.into_iter().map(i64::cast_unsigned).collect(),
            );
        }
    }
    Ok(found)
}

/// Appends arrays of the kinds, names, spans and starts.
pub(crate) fn push_arrays<'s>(sql: &'s mut Sql, counters: &[Counter]) -> &'s mut Sql {
    sql.bind(Bind::Texts(
        counters
            .iter()
            .map(|counter| counter.kind.to_owned())
            .collect(),
    ))
    .push(", ");
    sql.bind(Bind::Texts(
        counters
            .iter()
            .map(|counter| counter.name.clone())
            .collect(),
    ))
    .push(", ");
    sql.bind(Bind::Texts(
        counters
            .iter()
            .map(|counter| counter.cell.unit.name().to_owned())
            .collect(),
    ))
    .push(", ");
    sql.bind(Bind::Dates(
        counters
            .iter()
            .map(|counter| counter.cell.start.date())
            .collect(),
    ))
}

/// What is kept.
pub(crate) fn serialize(ids: &RoaringTreemap) -> QueryResult<Vec<u8>> {
    let mut bytes = Vec::with_capacity(ids.serialized_size());
    ids.serialize_into(&mut bytes)
        .map_err(|error| Error::SerializationError(Box::new(error)))?;
    Ok(bytes)
}

fn names(dimension: Dimension, counters: &[&Counter]) -> Bind {
    let names = counters.iter().map(|counter| counter.name.as_str());
    if dimension.is_association() {
        // Only the database makes these names, of keys.
        Bind::Integers(names.map(|name| name.parse().unwrap_or_default()).collect())
    } else {
        Bind::Texts(names.map(str::to_owned).collect())
    }
}

/// The numbers count from 1.
fn numbered(counters: &[Counter], number: i64) -> Option<&Counter> {
    usize::try_from(number - 1)
        .ok()
        .and_then(|number| counters.get(number))
}
