//! Where the messages that match lie in time: their total, and any page of them.

use std::sync::Arc;

use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::counts::bucket::Bucket;
use crate::counts::choice;
use crate::counts::cover::Cover;
use crate::counts::edge::{Remainder, Rounded};
use crate::counts::found::{Found, HitsByBucket};
use crate::counts::memory::{BucketMemory, HitsKey};
use crate::counts::place::{NEAR_ROWS, Place};
use crate::counts::segment::{self, Segment};
use crate::counts::small_result::SmallResult;
use crate::counts::strategy::Strategy;
use crate::position::Position;
use crate::query::plan::Plan;
use crate::query::row::Row;
use crate::search::Order;
use crate::span::Span;

/// Where the messages that a plan matches lie in time, as far as can be told without looking.
pub(crate) struct Overview<'a> {
    plan: Plan,
    memory: &'a BucketMemory,
    strategy: Box<dyn Strategy>,
    total: u64,
    /// In the order of the answer, none of them empty; `None` if all was counted row by row.
    segments: Option<Vec<Segment>>,
}

impl<'a> Overview<'a> {
    /// Looks for what matches. To be used in the same snapshot.
    pub(crate) fn of(
        connection: &mut PgConnection,
        memory: &'a BucketMemory,
        plan: &Plan,
    ) -> QueryResult<Self> {
        let strategy = choice::strategy(&plan.asked);
        let mut overview = Self {
            plan: plan.clone(),
            memory,
            strategy,
            total: 0,
            segments: None,
        };
        overview.segments = overview.find(connection)?;
        overview.total = match &overview.segments {
            Some(segments) => segments.iter().map(|segment| segment.hits.count).sum(),
            None => overview.plan.count(connection)?,
        };
        Ok(overview)
    }

    /// The segments that match; `None` if that is better counted row by row. Afterwards the plan is
    /// led by the dimension that does it best.
    fn find(&mut self, connection: &mut PgConnection) -> QueryResult<Option<Vec<Segment>>> {
        let units = self.strategy.units();
        let rounding = self.strategy.rounding_of_end();
        let Some(rounded) = Rounded::of(units.smallest, self.plan.span, rounding) else {
            return Ok(None);
        };
        let cover = rounded.cover(units.largest);
        let Found { lead, buckets } =
            self.strategy
                .load(connection, self.memory, &self.plan, &cover)?;
        if let Some(lead) = lead {
            self.plan = self.plan.led_by(lead);
        }
        let Some(buckets) = buckets else {
            return Ok(None);
        };
        let mut segments = segment::of_buckets(buckets, Order::Ascending);
        self.count_remainders(connection, &mut segments, rounded.remainders())?;
        segments.retain(|segment| segment.hits.count > 0);
        if self.plan.order == Order::Descending {
            segments.reverse();
        }
        Ok(Some(segments))
    }

    /// Counts what lies between the ends of the search and those of its buckets.
    fn count_remainders(
        &self,
        connection: &mut PgConnection,
        segments: &mut Vec<Segment>,
        mut remainders: Vec<Remainder>,
    ) -> QueryResult<()> {
        // What is to be taken away need not be counted where its bucket is empty.
        remainders.retain(|remainder| {
            remainder.is_inside || segment::holding(segments, *remainder).is_some()
        });
        let spans: Vec<Span> = remainders.iter().map(|remainder| remainder.span).collect();
        let counts = self.plan.counts(connection, &spans)?;
        segment::settle(segments, remainders.into_iter().zip(counts), self.plan.span);
        Ok(())
    }

    /// How many messages match.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The messages from `offset` on, at most `limit` of them, sought in as little time as holds
    /// them: less time is fewer partitions to plan for, and fewer messages to skip.
    pub(crate) fn page(
        &self,
        connection: &mut PgConnection,
        offset: u64,
        limit: u32,
    ) -> QueryResult<Vec<Row>> {
        let wanted = self.total.saturating_sub(offset).min(limit.into());
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let Some(mut place) = self
            .segments
            .as_ref()
            .and_then(|segments| Place::of(segments, offset))
        else {
            return self.plan.rows(connection, offset, limit);
        };
        // A year is divided into months, one of them into days, and one of these into hours.
        while let Some(parts) = self.parts(connection, &place)? {
            if !place.zoom(&parts) {
                break;
            }
        }
        place.trim(wanted);
        let plan = self.plan.within(place.span(self.plan.order));
        if let Some(ids) = place.ids() {
            return rows_of(connection, &plan, &ids, place.skip(), limit);
        }
        if let Some(behind) = place.behind(wanted) {
            let limit = u32::try_from(wanted).unwrap_or(limit);
            let mut rows = plan.reversed().rows(connection, behind, limit)?;
            rows.reverse();
            return Ok(rows);
        }
        plan.rows(connection, place.skip(), limit)
    }

    /// The positions of the first messages, at most `limit` of them.
    pub(crate) fn first_positions(
        &self,
        connection: &mut PgConnection,
        limit: u32,
    ) -> QueryResult<Vec<Position>> {
        let wanted = self.total.min(limit.into());
        if wanted == 0 {
            return Ok(Vec::new());
        }
        let Some(mut place) = self
            .segments
            .as_ref()
            .and_then(|segments| Place::of(segments, 0))
        else {
            return self.plan.first_positions(connection, limit);
        };
        place.trim(wanted);
        let plan = self.plan.within(place.span(self.plan.order));
        if let Some(ids) = place.ids() {
            let mut positions = SmallResult::positions(connection, &plan, &ids)?;
            positions.truncate(limit as usize);
            return Ok(positions);
        }
        plan.first_positions(connection, limit)
    }

    /// The positions of the first messages, at most `limit` of them, and that of the last one.
    pub(crate) fn ends(
        &self,
        connection: &mut PgConnection,
        limit: u32,
    ) -> QueryResult<(Vec<Position>, Option<Position>)> {
        if self.total <= u64::from(limit) {
            let positions = self.first_positions(connection, limit)?;
            let last = positions.last().copied();
            return Ok((positions, last));
        }
        let segments = self.segments.as_deref().unwrap_or_default();
        let back = match segments.last() {
            Some(last) => self.plan.within(last.span).reversed(),
            None => self.plan.reversed(),
        };
        let Some(mut place) = Place::of(segments, 0) else {
            return self.plan.positions_of_ends(connection, limit, &back);
        };
        place.trim(limit.into());
        if place.ids().is_some() {
            let positions = self.first_positions(connection, limit)?;
            return Ok((positions, back.first_positions(connection, 1)?.pop()));
        }
        let front = self.plan.within(place.span(self.plan.order));
        front.positions_of_ends(connection, limit, &back)
    }

    /// What the first segment of a place consists of, in the order of the answer; `None` if it is
    /// not worth knowing, as few of its messages are to be skipped.
    fn parts(
        &self,
        connection: &mut PgConnection,
        place: &Place,
    ) -> QueryResult<Option<Vec<Segment>>> {
        let Segment { bucket, hits, .. } = place.first();
        let Some(bucket) = *bucket else {
            return Ok(None);
        };
        if place.skip() < NEAR_ROWS {
            return Ok(None);
        }
        let Some(cover) = Cover::dividing(bucket, self.strategy.units().smallest) else {
            return Ok(None);
        };
        let key = hits.version.as_ref().map(|version| HitsKey {
            asked: Arc::clone(&self.plan.asked),
            bucket,
            versions: vec![version.clone()],
        });
        let buckets = self.buckets(connection, key, &cover)?;
        Ok(Some(segment::of_buckets(buckets, self.plan.order)))
    }

    /// What matches in the buckets of a cover, remembered by `key`.
    fn buckets(
        &self,
        connection: &mut PgConnection,
        key: Option<HitsKey>,
        cover: &Cover,
    ) -> QueryResult<HitsByBucket> {
        if let Some(key) = &key
            && let Some(parts) = self.memory.hits(key)
        {
            let parts: &[(Bucket, _)] = &parts;
            return Ok(parts.iter().cloned().collect());
        }
        let found = self
            .strategy
            .load(connection, self.memory, &self.plan, cover)?;
        let buckets = found.buckets.unwrap_or_default();
        if let Some(key) = key {
            self.memory.remember(key, buckets.clone());
        }
        Ok(buckets)
    }
}

/// The rows of a page of messages whose ids are known.
fn rows_of(
    connection: &mut PgConnection,
    plan: &Plan,
    ids: &[Arc<SmallResult>],
    skip: u64,
    limit: u32,
) -> QueryResult<Vec<Row>> {
    let mut positions = SmallResult::positions(connection, plan, ids)?;
    let skip = usize::try_from(skip).unwrap_or(usize::MAX);
    positions.drain(..skip.min(positions.len()));
    positions.truncate(limit as usize);
    plan.rows_at(connection, &positions)
}
