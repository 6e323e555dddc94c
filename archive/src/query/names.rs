//! Names of a search become the keys of their tables.

use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use crate::database::sql::{Bind, Sql};
use crate::dimension::{Dimension, Match};
use crate::query::about::About;
use crate::query::asked::{Asked, Filter, Values};
use crate::search::Search;

/// Which of the two lists of a [`Match`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Side {
    Any,
    None,
}

/// The keys of the names that a search asks for; names that nobody has are left out.
type Keys = BTreeMap<(Dimension, Side), Vec<i32>>;

/// What a search asks; `None` when nothing can match, because no such user or package is
/// known, or nothing is about such a subject.
pub(crate) fn resolve(
    connection: &mut PgConnection,
    search: &Search,
) -> QueryResult<Option<Asked>> {
    let mut keys = keys_of_names(connection, search)?;
    let mut filters = Vec::new();
    for dimension in Dimension::BY_SELECTIVITY {
        let Match { any, none } = &search.filters[dimension];
        if any.is_empty() && none.is_empty() {
            continue;
        }
        let mut values = |side, texts: &[String]| -> QueryResult<Values> {
            if dimension == Dimension::Subjects {
                return About::of(connection, texts).map(Values::About);
            }
            Ok(match dimension.names_table() {
                Some(_) => Values::Keys(keys.remove(&(dimension, side)).unwrap_or_default()),
                None => Values::Texts(distinct(texts)),
            })
        };
        let filter = Filter {
            dimension,
            any: values(Side::Any, any)?,
            none: values(Side::None, none)?,
        };
        if filter.any.is_empty() && !any.is_empty() {
            return Ok(None);
        }
        filters.push(filter);
    }
    Ok(Some(Asked {
        filters,
        texts: distinct(&search.contains),
        without_agent: search.without_agent,
    }))
}

fn keys_of_names(connection: &mut PgConnection, search: &Search) -> QueryResult<Keys> {
    let mut lists = Vec::new();
    let mut sql = Sql::default();
    for dimension in Dimension::BY_SELECTIVITY {
        let Some(table) = dimension.names_table() else {
            continue;
        };
        let Match { any, none } = &search.filters[dimension];
        for (side, names) in [(Side::Any, any), (Side::None, none)] {
            if names.is_empty() {
                continue;
            }
            sql.union_all(&format!(
                "SELECT {}, id FROM {table} WHERE name = ANY (",
                lists.len()
            ));
            sql.bind(Bind::Texts(distinct(names))).push(")");
            lists.push((dimension, side));
        }
    }
    let mut keys = Keys::new();
    if lists.is_empty() {
        return Ok(keys);
    }
    let rows = sql
        .of::<(Integer, Integer)>()
        .load::<(i32, i32)>(connection)?;
    for (number, key) in rows {
        let list = usize::try_from(number).ok().and_then(|n| lists.get(n));
        if let Some(list) = list {
            keys.entry(*list).or_default().push(key);
        }
    }
    Ok(keys)
}

fn distinct(texts: &[String]) -> Vec<String> {
    BTreeSet::from_iter(texts).into_iter().cloned().collect()
}
