//! Which users or packages come up the most in a time, and which came up last.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::aggregation::{Aggregation, GroupBy, Newest};
use crate::counts::groups::{CountersBy, NameCount};
use crate::database::sql::Sql;
use crate::error::StoreError;
use crate::query::plan::Plan;
use crate::read::aggregate::{by_rows, times_of};
use crate::read::memories::Memories;
use crate::read::reader::{Reader, snapshot};
use crate::search::{Order, Search, Shape};
use crate::span::Span;

/// Of so many times the names that are asked for it is found out when they came up: those of hidden messages alone never did.
const LOOKED_AT: u32 = 3;

/// Whose messages are to be counted, and when.
#[derive(Clone, Debug)]
pub struct Busiest {
    /// Whose names.
    pub by: GroupBy,
    /// In which time the names have the most messages.
    pub time: Span,
    /// The edges of the half-open spans of time in which the messages of each are counted, ascending.
    pub edges: Vec<NaiveDateTime>,
    /// So many names at most.
    pub most: u32,
    /// Where counters cannot tell, the newest so many messages are counted.
    pub newest: u32,
}

/// Names that have the most messages.
#[derive(Clone, Debug, Default)]
pub struct BusyNames {
    /// Those with the most messages first, equal ones by name.
    pub names: Vec<BusyName>,
    /// How many names have messages.
    pub of: u64,
    /// Of how many messages this is, where that is not all.
    pub only: Option<Newest>,
}

/// A name with messages.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BusyName {
    /// The name.
    pub name: String,
    /// How many messages it has in the time.
    pub messages: u64,
    /// How many in each span between two edges; none where counters cannot tell.
    pub bars: Vec<u64>,
    /// When the first and the last of its messages were sent, in all time where counters tell its bars.
    pub times: Option<(NaiveDateTime, NaiveDateTime)>,
}

impl Reader {
    /// The names with the most messages of a time.
    pub fn busiest(&self, busiest: &Busiest) -> Result<BusyNames, StoreError> {
        let search = Search {
            time: busiest.time,
            order: Order::Descending,
            ..Search::default()
        };
        self.run("busiest", &Shape(&search), |connection, memories| {
            let Some(plan) = self.plan(connection, &search)? else {
                return Ok(BusyNames::default());
            };
            snapshot(connection, |connection| {
                match CountersBy::of(&plan.asked, busiest.by) {
                    Some(counters) => counted(connection, &plan, &counters, busiest),
                    None => seen(connection, memories, &plan, busiest),
                }
            })
        })
    }

    /// Names that came up last, each with the times of its first and its last message: the newest first. `by` is the user
    /// or the package.
    pub fn newest_names(&self, by: GroupBy, most: u32) -> Result<Vec<BusyName>, StoreError> {
        let Some(table) = by.dimension().names_table() else {
            return Ok(Vec::new());
        };
        self.run("newest_names", &by.dimension().name(), |connection, _| {
            let Some(plan) = self.plan(connection, &Search::default())? else {
                return Ok(Vec::new());
            };
            let sql = format!(
                "SELECT id::text, name FROM {table} ORDER BY {table}.id DESC LIMIT {}",
                most.saturating_mul(LOOKED_AT)
            );
            snapshot(connection, |connection| {
                let names = Sql::new(&sql)
                    .of::<(Text, Text)>()
                    .load::<(String, String)>(connection)?;
                let count = |(key, name)| NameCount {
                    key,
                    name,
                    messages: 0,
                };
                let names: Vec<NameCount> = names.into_iter().map(count).collect();
                let times = times_of(connection, &plan, by, &names)?;
                let named = names.into_iter().map(|count| BusyName {
                    times: times.get(&count.key).copied(),
                    name: count.name,
                    messages: 0,
                    bars: Vec::new(),
                });
                let mut named: Vec<BusyName> = named.filter(|name| name.times.is_some()).collect();
                named.sort_by_key(|name| std::cmp::Reverse(name.times));
                named.truncate(most as usize);
                Ok(named)
            })
        })
    }
}

/// As counters tell.
fn counted(
    connection: &mut PgConnection,
    plan: &Plan,
    counters: &CountersBy,
    busiest: &Busiest,
) -> QueryResult<BusyNames> {
    let (top, of) = counters.top_in_any_case(connection, plan, busiest.most)?;
    let keys = top.iter().map(|count| count.key.clone()).collect();
    let always = plan.within(Span::ALL);
    let bars = counters.bars(connection, &always, Some(keys), &busiest.edges)?;
    let mut bars = bars.unwrap_or_default();
    let times = times_of(connection, &always, busiest.by, &top)?;
    let spans = busiest.edges.len().saturating_sub(1);
    let named = top.into_iter().map(|count| BusyName {
        bars: bars.remove(&count.key).unwrap_or_else(|| vec![0; spans]),
        times: times.get(&count.key).copied(),
        name: count.name,
        messages: count.messages,
    });
    Ok(BusyNames {
        names: named.collect(),
        of,
        only: None,
    })
}

/// As the newest messages tell.
fn seen(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    busiest: &Busiest,
) -> QueryResult<BusyNames> {
    let aggregation = Aggregation {
        by: vec![busiest.by],
        edges: Vec::new(),
        most: busiest.most,
        newest: busiest.newest,
        with_times: true,
    };
    let told = by_rows(connection, memories, plan, &aggregation)?;
    let named = told.groups.into_iter().map(|group| BusyName {
        name: group.names.concat(),
        messages: group.messages,
        bars: Vec::new(),
        times: group.times,
    });
    Ok(BusyNames {
        names: named.collect(),
        of: told.names,
        only: told.only,
    })
}
