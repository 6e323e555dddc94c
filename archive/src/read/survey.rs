//! All that a page for people shows of a search, in one snapshot: some messages, how many match, when they were sent,
//! and which names they have.

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::aggregation::{GroupBy, Newest};
use crate::counts::bars::bars;
use crate::counts::bucket::midnight;
use crate::counts::choice;
use crate::counts::groups::{CountersBy, NameCount};
use crate::counts::overview::Overview;
use crate::error::StoreError;
use crate::message::Message;
use crate::position::Position;
use crate::query::grouping::counted;
use crate::query::plan::Plan;
use crate::query::row::Row;
use crate::read::beside::{self, Beside, PageBeside};
use crate::read::memories::Memories;
use crate::read::reader::{Reader, snapshot};
use crate::read::tally::Tally;
use crate::search::{Order, PageRequest, Search, Shape};
use crate::span::Span;

/// Years with less than this part of the messages of the fullest one have none but by mistake.
const STRAY: u64 = 1000;

/// What is to be shown of a search.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Which messages, by the number of their page.
    pub page: PageRequest,
    /// Which messages, by one that stands beside them; the number of the page does not count then.
    pub beside: Option<Beside>,
    /// The edges of the half-open spans of time in which messages are counted, ascending.
    pub edges: Vec<NaiveDateTime>,
    /// Whose values are counted.
    pub facets: Vec<GroupBy>,
    /// So many values of each at most.
    pub most: u32,
    /// Where counters cannot tell values, those of the newest so many messages are counted.
    pub newest: u32,
}

/// What there is to be shown of a search.
#[derive(Clone, Debug, Default)]
pub struct Surveyed {
    /// The messages, in the order asked for; large ones come without body and headers.
    pub messages: Vec<Message>,
    /// How many match in all.
    pub total: u64,
    /// How many of these come before the messages.
    pub before: u64,
    /// How many match between each two edges.
    pub bars: Vec<u64>,
    /// The values that were asked for, in that order.
    pub facets: Vec<Facet>,
}

/// Values that messages have.
#[derive(Clone, Debug)]
pub struct Facet {
    /// Whose values.
    pub by: GroupBy,
    /// The names of the most messages, these first.
    pub names: Vec<Tally>,
    /// Of how many messages, where that is not all that match.
    pub only: Option<Newest>,
}

impl Reader {
    /// The first day of which there are messages. Years up to that of `now` that have next to none, as senders' clocks
    /// were wrong, do not count.
    pub fn begins(&self, now: NaiveDateTime) -> Result<Option<NaiveDateTime>, StoreError> {
        let Some(first) = self.first_day(Span::ALL)? else {
            return Ok(None);
        };
        let years = first.year()..=now.year() + 1;
        let years = years.filter_map(|year| NaiveDate::from_ymd_opt(year, 1, 1));
        let years: Vec<NaiveDateTime> = years.map(midnight).collect();
        if years.len() <= 2 {
            return Ok(Some(first));
        }
        let counts = self.histogram(&Search::default(), &years)?;
        let most = counts.iter().copied().max().unwrap_or_default();
        let is_usual = |count: &u64| count.saturating_mul(STRAY) >= most;
        match counts.iter().position(is_usual) {
            None | Some(0) => Ok(Some(first)),
            Some(year) => self.first_day(Span::since(years[year])),
        }
    }

    fn first_day(&self, time: Span) -> Result<Option<NaiveDateTime>, StoreError> {
        let search = Search {
            time,
            order: Order::Ascending,
            ..Search::default()
        };
        let first = self.walk(&search, None).leaving_out().step(1)?;
        Ok(first.first().map(|first| midnight(first.timestamp.date())))
    }

    /// What there is to be shown of a search.
    pub fn survey(&self, search: &Search, survey: &Survey) -> Result<Surveyed, StoreError> {
        self.run("survey", &Shape(search), |connection, memories| {
            let Some(plan) = self.plan(connection, search)? else {
                return Ok(nothing(survey));
            };
            snapshot(connection, |connection| {
                let overview = Overview::of(connection, &memories.buckets, &plan)?;
                let PageBeside {
                    messages,
                    total,
                    before,
                } = page(connection, memories, &plan, &overview, survey)?;
                Ok(Surveyed {
                    messages,
                    total,
                    before,
                    bars: histogram(connection, memories, &plan, &survey.edges)?,
                    facets: facets(connection, &plan, &overview, survey, |connection| {
                        newest(connection, memories, &plan, &overview, survey.newest)
                    })?,
                })
            })
        })
    }
}

pub(super) fn nothing(survey: &Survey) -> Surveyed {
    let facet = |by: &GroupBy| Facet {
        by: *by,
        names: Vec::new(),
        only: None,
    };
    Surveyed {
        bars: vec![0; survey.edges.len().saturating_sub(1)],
        facets: survey.facets.iter().map(facet).collect(),
        ..Surveyed::default()
    }
}

fn page(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    overview: &Overview,
    survey: &Survey,
) -> QueryResult<PageBeside> {
    let size = survey.page.size;
    if let Some(beside) = survey.beside {
        return beside::page_of(connection, memories, plan, overview, beside, size);
    }
    let before = survey.page.offset();
    let rows = overview.page(connection, before, size)?;
    let total = overview.total();
    Ok(PageBeside {
        messages: rows.into_iter().map(Row::into_message).collect(),
        total,
        before: before.min(total),
    })
}

pub(super) fn histogram(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    edges: &[NaiveDateTime],
) -> QueryResult<Vec<u64>> {
    let edges = &plan.span.cut(edges);
    let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else {
        return Ok(Vec::new());
    };
    let plan = plan.within(plan.span.intersection(Span::between(first, last)));
    match choice::are_sets(&plan.asked) {
        true => bars(connection, &memories.buckets, &plan, edges),
        false => choice::strategy(&plan.asked).histogram(connection, &plan, edges),
    }
}

/// The values that were asked for; `newest` has the positions of the newest messages, where counters do not tell.
pub(super) fn facets(
    connection: &mut PgConnection,
    plan: &Plan,
    overview: &Overview,
    survey: &Survey,
    newest: impl FnOnce(&mut PgConnection) -> QueryResult<Vec<Position>>,
) -> QueryResult<Vec<Facet>> {
    let counters = survey.facets.iter();
    let counters: Vec<CountersBy> = counters
        .filter_map(|by| CountersBy::of(&plan.asked, *by))
        .collect();
    let tops = CountersBy::tops(connection, plan, &counters, survey.most)?;
    let told = counters.iter().zip(tops);
    let mut facets: Vec<Facet> = told
        .filter_map(|(counters, top)| Some(facet(counters.by(), top?)))
        .collect();
    let is_told = |by: &GroupBy| facets.iter().any(|facet| facet.by == *by);
    let others = survey.facets.iter().copied();
    let others: Vec<GroupBy> = others.filter(|by| !is_told(by)).collect();
    if !others.is_empty() {
        let positions = newest(connection)?;
        let total = overview.total();
        facets.extend(of_newest(
            connection,
            &positions,
            total,
            &others,
            survey.most,
        )?);
    }
    let place = |facet: &Facet| survey.facets.iter().position(|by| *by == facet.by);
    facets.sort_by_key(place);
    Ok(facets)
}

/// What counters tell of all that match.
fn facet(by: GroupBy, top: Vec<NameCount>) -> Facet {
    let tally = |count: NameCount| Tally {
        name: count.name,
        messages: count.messages,
    };
    Facet {
        by,
        names: top.into_iter().map(tally).collect(),
        only: None,
    }
}

/// The positions of the newest messages.
fn newest(
    connection: &mut PgConnection,
    memories: &Memories,
    plan: &Plan,
    overview: &Overview,
    most: u32,
) -> QueryResult<Vec<Position>> {
    match plan.order {
        Order::Descending => overview.first_positions(connection, most),
        Order::Ascending => Overview::of(connection, &memories.buckets, &plan.reversed())?
            .first_positions(connection, most),
    }
}

/// The values of the newest messages, whose positions these are, of `total` that match.
fn of_newest(
    connection: &mut PgConnection,
    positions: &[Position],
    total: u64,
    by: &[GroupBy],
    most: u32,
) -> QueryResult<Vec<Facet>> {
    let is_all = positions.len() as u64 == total;
    let only = positions.last().filter(|_| !is_all).map(|oldest| Newest {
        messages: positions.len() as u64,
        since: oldest.timestamp,
    });
    let facet = |by: &GroupBy| Facet {
        by: *by,
        names: Vec::new(),
        only,
    };
    let mut facets: Vec<Facet> = by.iter().map(facet).collect();
    for (place, name, messages) in counted(connection, positions, by)? {
        let place = usize::try_from(place).unwrap_or_default();
        let messages = messages.unsigned_abs();
        facets[place].names.push(Tally { name, messages });
    }
    for Facet { names, .. } in &mut facets {
        names.sort_unstable_by(|one, other| {
            let by_count = other.messages.cmp(&one.messages);
            by_count.then_with(|| one.name.cmp(&other.name))
        });
        names.truncate(most as usize);
    }
    Ok(facets)
}
