//! "How many of each?": what matches, counted by values and by time.
//!
//! | what is asked | how it is told |
//! | --- | --- |
//! | spans of time alone | as charts are: exact |
//! | one value, where the counters of these know all else that is asked | sums of counters: exact, whatever the time |
//! | all else | the newest messages that match, row by row: exact if these are all |

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::aggregation::{Aggregate, Aggregation, Group, GroupBy, Newest};
use crate::counts::groups::{CountersBy, NameCount};
use crate::counts::overview::Overview;
use crate::error::StoreError;
use crate::query::asked::Values;
use crate::query::grouping::{Grouped, grouped};
use crate::query::plan::Plan;
use crate::read::memories::Memories;
use crate::read::reader::{Reader, snapshot};
use crate::search::{Order, Search, Shape};
use crate::span::Span;

impl Reader {
    /// What matches, by groups.
    pub fn aggregate(
        &self,
        search: &Search,
        aggregation: &Aggregation,
    ) -> Result<Aggregate, StoreError> {
        let mut search = Search {
            order: Order::Descending,
            ..search.clone()
        };
        let mut aggregation = aggregation.clone();
        aggregation.edges = search.time.cut(&aggregation.edges);
        if let (Some(&first), Some(&last)) = (aggregation.edges.first(), aggregation.edges.last()) {
            search.time = search.time.intersection(Span::between(first, last));
        }
        if aggregation.by.is_empty() {
            return self.by_time(&search, &aggregation.edges);
        }
        self.run("aggregate", &Shape(&search), |connection, memories| {
            let Some(plan) = self.plan(connection, &search)? else {
                return Ok(Aggregate::default());
            };
            snapshot(connection, |connection| {
                if let [by] = aggregation.by.as_slice()
                    && let Some(counters) = CountersBy::of(&plan.asked, *by)
                    && let Some(told) = by_counters(connection, &plan, &counters, &aggregation)?
                {
                    let total = Overview::of(connection, &memories.buckets, &plan)?.total();
                    return Ok(Aggregate { total, ..told });
                }
                by_rows(connection, memories, &plan, &aggregation)
            })
        })
    }

    fn by_time(&self, search: &Search, edges: &[NaiveDateTime]) -> Result<Aggregate, StoreError> {
        let counted = match edges {
            [] => vec![(None, self.count(search)?)],
            _ => {
                let bars = self.histogram(search, edges)?.into_iter();
                bars.enumerate().map(|(n, bar)| (Some(n), bar)).collect()
            }
        };
        let total = counted.iter().map(|(_, messages)| messages).sum();
        let group = |(span, messages)| Group {
            names: Vec::new(),
            span,
            messages,
            times: None,
        };
        let groups = counted.into_iter().map(group);
        Ok(Aggregate {
            groups: groups.filter(|group| group.messages > 0).collect(),
            total,
            ..Aggregate::default()
        })
    }
}

/// `None` if that is better counted row by row.
fn by_counters(
    connection: &mut PgConnection,
    plan: &Plan,
    counters: &CountersBy,
    aggregation: &Aggregation,
) -> QueryResult<Option<Aggregate>> {
    let Some((top, names)) = counters.top(connection, plan, aggregation.most)? else {
        return Ok(None);
    };
    let times = match aggregation.with_times {
        true => times_of(connection, plan, counters.by(), &top)?,
        false => HashMap::new(),
    };
    let keys = top.iter().map(|count| count.key.clone()).collect();
    let edges = &aggregation.edges;
    let bars = match edges.is_empty() {
        true => None,
        false => match counters.bars(connection, plan, Some(keys), edges)? {
            Some(bars) => Some(bars),
            None => return Ok(None),
        },
    };
    let mut groups = Vec::new();
    for NameCount {
        key,
        name,
        messages,
    } in top
    {
        let group = |span, messages| Group {
            names: vec![name.clone()],
            span,
            messages,
            times: times.get(&key).copied(),
        };
        match &bars {
            None => groups.push(group(None, messages)),
            Some(bars) => {
                let bars = bars.get(&key).into_iter().flatten().enumerate();
                let bars = bars.filter(|(_, count)| **count > 0);
                groups.extend(bars.map(|(span, count)| group(Some(span), *count)));
            }
        }
    }
    Ok(Some(Aggregate {
        groups,
        names,
        ..Aggregate::default()
    }))
}

/// When the first and the last message of each name was sent, by the keys of the names.
pub(super) fn times_of(
    connection: &mut PgConnection,
    plan: &Plan,
    by: GroupBy,
    top: &[NameCount],
) -> QueryResult<HashMap<String, (NaiveDateTime, NaiveDateTime)>> {
    let keys = top.iter().map(|count| count.key.as_str());
    let values = match by.dimension().names_table() {
        Some(_) => Values::Keys(keys.filter_map(|key| key.parse().ok()).collect()),
        None => Values::Texts(keys.map(str::to_owned).collect()),
    };
    let mut times = HashMap::new();
    for (number, first, last) in plan.first_and_last(connection, by, values)? {
        let count = usize::try_from(number - 1).ok().and_then(|n| top.get(n));
        if let Some(count) = count {
            times.insert(count.key.clone(), (first, last));
        }
    }
    Ok(times)
}

pub(super) fn by_rows(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    aggregation: &Aggregation,
) -> QueryResult<Aggregate> {
    let overview = Overview::of(connection, &memories.buckets, plan)?;
    let positions = overview.first_positions(connection, aggregation.newest)?;
    let total = overview.total();
    let (by, edges) = (&aggregation.by, &aggregation.edges);
    let rows = grouped(connection, &positions, by, edges)?;
    let is_all = positions.len() as u64 == total;
    let only = positions.last().filter(|_| !is_all).map(|oldest| Newest {
        messages: positions.len() as u64,
        since: oldest.timestamp,
    });
    let (groups, names) = largest(rows, aggregation);
    Ok(Aggregate {
        groups,
        names,
        total,
        only,
    })
}

/// The groups of the names with the most messages, and how many names there are.
fn largest(rows: Vec<Grouped>, aggregation: &Aggregation) -> (Vec<Group>, u64) {
    let mut by_names = HashMap::<[String; 2], Vec<Grouped>>::new();
    for row in rows {
        by_names.entry(row.names.clone()).or_default().push(row);
    }
    let names = by_names.len() as u64;
    let mut sums: Vec<(i64, [String; 2], Vec<Grouped>)> = by_names
        .into_iter()
        .map(|(names, rows)| (rows.iter().map(|row| row.messages).sum(), names, rows))
        .collect();
    sums.sort_unstable_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    sums.truncate(aggregation.most as usize);
    let mut groups = Vec::new();
    for (_, names, mut rows) in sums {
        rows.sort_unstable_by_key(|row| row.span);
        groups.extend(rows.into_iter().map(|row| {
            Group {
                names: names[..aggregation.by.len().min(2)].to_vec(),
                // Those between the edges are numbered from 1 on.
                span: (!aggregation.edges.is_empty())
                    .then(|| usize::try_from(row.span - 1).unwrap_or_default()),
                messages: row.messages.unsigned_abs(),
                times: aggregation.with_times.then_some((row.first, row.last)),
            }
        }));
    }
    (groups, names)
}
