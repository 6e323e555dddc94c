//! All that a page shows of one name: of all messages that have it, by no more than six statements where one value is
//! asked for.

use chrono::NaiveDateTime;

use crate::counts::overview::Overview;
use crate::error::StoreError;
use crate::query::row::Row;
use crate::read::reader::{Reader, snapshot};
use crate::read::survey::{Survey, Surveyed, facets, histogram, nothing};
use crate::search::{Order, Search, Shape};
use crate::span::Span;

/// What there is to be shown of a search, and when its first message was sent.
#[derive(Clone, Debug, Default)]
pub struct Portrait {
    /// What a survey tells, the newest messages first.
    pub surveyed: Surveyed,
    /// When the first message that matches was sent, if there is one.
    pub first: Option<NaiveDateTime>,
}

impl Reader {
    /// What there is to be shown of a search: of the messages its newest ones, at most as many as a page of `survey` and
    /// as its `newest`.
    pub fn portrait(&self, search: &Search, survey: &Survey) -> Result<Portrait, StoreError> {
        let search = Search {
            order: Order::Descending,
            ..search.clone()
        };
        let none = || Portrait {
            surveyed: nothing(survey),
            first: None,
        };
        self.run("portrait", &Shape(&search), |connection, memories| {
            let Some(plan) = self.plan(connection, &search)? else {
                return Ok(none());
            };
            snapshot(connection, |connection| {
                let overview = Overview::of(connection, &memories.buckets, &plan)?;
                let (positions, first) = overview.ends(connection, survey.newest)?;
                let shown = positions.len().min(survey.page.size as usize);
                let shown = &positions[..shown];
                let ends = (shown.last(), shown.first());
                let (Some(oldest), Some(newest)) = ends else {
                    return Ok(none());
                };
                let time = Span::inclusive(Some(oldest.timestamp), Some(newest.timestamp));
                let rows = plan.within(time).rows_at(connection, shown)?;
                let newest = |_: &mut _| Ok(positions.clone());
                Ok(Portrait {
                    surveyed: Surveyed {
                        messages: rows.into_iter().map(Row::into_message).collect(),
                        total: overview.total(),
                        before: 0,
                        bars: histogram(connection, memories, &plan, &survey.edges)?,
                        facets: facets(connection, &plan, &overview, survey, newest)?,
                    },
                    first: first.map(|first| first.timestamp),
                })
            })
        })
    }
}
