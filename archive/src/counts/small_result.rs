//! The messages of a bucket where they are few, which are then also the page.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use roaring::RoaringTreemap;

use crate::counts::bucket::Bucket;
use crate::position::Position;
use crate::query::paging;
use crate::query::plan::Plan;

/// To look for the rows of a page among more ids than these takes longer than an index.
pub(super) const MOST_IDS: u64 = 1_000;

/// The ids of messages that match, and their positions once somebody had to know.
#[derive(Debug)]
pub(crate) struct SmallResult {
    bucket: Bucket,
    ids: Box<[i64]>,
    positions: OnceLock<Box<[Position]>>,
}

impl SmallResult {
    /// `None` if the ids are many.
    pub(super) fn of(bucket: Bucket, ids: &RoaringTreemap) -> Option<Self> {
        if ids.len() > MOST_IDS {
            return None;
        }
        Some(Self {
            bucket,
            ids: ids.iter().map(u64::cast_signed).collect(),
            positions: OnceLock::new(),
        })
    }

    /// How much memory the result takes, in bytes, its positions included, which may come later.
    pub(super) fn size(&self) -> usize {
        size_of::<Self>() + self.ids.len() * (size_of::<i64>() + size_of::<Position>())
    }

    /// The positions of all that is in the results, in the plan's time and order.
    pub(super) fn positions(
        connection: &mut PgConnection,
        plan: &Plan,
        results: &[Arc<Self>],
    ) -> QueryResult<Vec<Position>> {
        let unknown: Vec<&Arc<Self>> = results
            .iter()
            .filter(|result| result.positions.get().is_none())
            .collect();
        let ids = unknown.iter().flat_map(|result| {
            let span = result.bucket.span();
            result.ids.iter().map(move |id| (*id, span))
        });
        let times: HashMap<i64, NaiveDateTime> = paging::positions(connection, ids)?
            .into_iter()
            .map(|position| (position.id, position.timestamp))
            .collect();
        for result in unknown {
            result.positions.get_or_init(|| {
                let position = |id: &i64| {
                    let timestamp = *times.get(id)?;
                    Some(Position { timestamp, id: *id })
                };
                result.ids.iter().filter_map(position).collect()
            });
        }
        let mut positions: Vec<Position> = results
            .iter()
            .filter_map(|result| result.positions.get())
            .flatten()
            .copied()
            .filter(|position| plan.span.holds(position.timestamp))
            .collect();
        plan.sort(&mut positions, |position| *position);
        Ok(positions)
    }
}
