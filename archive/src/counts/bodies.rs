//! Searches that look into bodies. What a past day holds is looked through once: the result is good as
//! long as the counter of all its messages stays the same row.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Date, Nullable, Text};

use crate::counts::bucket::{Cell, midnight};
use crate::counts::cover::{Tiling, push_between};
use crate::counts::memory::{Asked, Cache, Version};
use crate::counts::sets::Matched;
use crate::database::sql::Sql;
use crate::query::dimension::Filter;
use crate::query::plan::Plan;

/// What such a search asks, but for the time.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Bodies {
    texts: Vec<String>,
    filters: Vec<Filter>,
}

impl Bodies {
    /// `None` if bodies need not be read.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        plan.reads_bodies().then(|| Self {
            texts: plan.texts().to_vec(),
            filters: plan.filters.clone(),
        })
    }

    /// How many match in each cell, none of them empty; `plan` is that of the search.
    pub(crate) fn load(
        &self,
        connection: &mut PgConnection,
        cache: &Cache,
        plan: &Plan,
        tiling: &Tiling,
    ) -> QueryResult<BTreeMap<Cell, Matched>> {
        let asked = Arc::new(Asked::Bodies(self.clone()));
        // Whom messages concern may change without them.
        let is_lasting = !self
            .filters
            .iter()
            .any(|filter| filter.dimension.is_association());
        let mut cells = BTreeMap::new();
        let mut unknown = Vec::new();
        for (cell, version) in versions(connection, tiling)? {
            let version = version.filter(|_| is_lasting);
            let question = version.map(|version| (asked.clone(), cell, vec![version]));
            match question
                .as_ref()
                .and_then(|question| cache.matched(question))
            {
                Some(parts) => cells.extend(parts.iter().cloned()),
                None => unknown.push((cell, question)),
            }
        }
        let parts = unknown.iter().map(|(cell, _)| (cell.start, cell.last()));
        let counts = plan.counts(connection, &parts.collect::<Vec<_>>())?;
        for ((cell, question), count) in unknown.into_iter().zip(counts) {
            let matched = Matched {
                count,
                ..Matched::default()
            };
            if let Some(question) = question {
                cache.remember(question, [(cell, matched.clone())]);
            }
            cells.insert(cell, matched);
        }
        cells.retain(|_, matched| matched.count > 0);
        Ok(cells)
    }
}

/// The cells in which there are messages, with the versions of their days: none where messages came
/// or changed since.
fn versions(
    connection: &mut PgConnection,
    tiling: &Tiling,
) -> QueryResult<BTreeMap<Cell, Option<Version>>> {
    // A row's transaction is another one each time that it changes.
    let mut sql = Sql::new(
        "SELECT start, xmin::text FROM counters WHERE kind = 'm' AND name = '' AND span = 'd'",
    );
    push_between(&mut sql, "start", tiling.days());
    sql.push(" UNION ALL SELECT at::date, NULL FROM counter_changes WHERE kind = 'm'");
    push_between(&mut sql, "at", tiling.days());
    let mut days = BTreeMap::<NaiveDateTime, Option<Version>>::new();
    for (day, version) in sql
        .of::<(Date, Nullable<Text>)>()
        .load::<(NaiveDate, Option<Version>)>(connection)?
    {
        let known = days.entry(midnight(day)).or_insert_with(|| version.clone());
        *known = known.take().filter(|_| version.is_some());
    }
    let hours = |day: NaiveDateTime| (0..24).map(move |hour| day + TimeDelta::hours(hour));
    let cells = days.into_iter().flat_map(|(day, version)| {
        let covered = hours(day).filter(|at| tiling.covers(*at));
        covered.map(move |at| (tiling.cell(at), version.clone()))
    });
    Ok(cells.collect())
}
