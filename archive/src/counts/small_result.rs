//! The messages of a cell where they are few, which are then also the page.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use roaring::RoaringTreemap;

use crate::counts::bucket::Cell;
use crate::query::plan::Plan;

/// To look for the rows of a page among more ids than these takes longer than an index.
pub(crate) const MOST: u64 = 1_000;

/// What orders an answer.
pub(crate) type Key = (NaiveDateTime, i64);

/// Ids, and when these messages were sent, once somebody had to know.
#[derive(Debug)]
pub(crate) struct Few {
    cell: Cell,
    ids: Box<[i64]>,
    keys: OnceLock<Box<[Key]>>,
}

impl Few {
    /// `None` if they are many.
    pub(crate) fn of(cell: Cell, ids: &RoaringTreemap) -> Option<Self> {
        let ids = (ids.len() <= MOST).then(|| ids.iter().map(u64::cast_signed).collect())?;
        Some(Self {
            cell,
            ids,
            keys: OnceLock::new(),
        })
    }

    /// In bytes, keys included.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.ids.len() * (size_of::<i64>() + size_of::<Key>())
    }

    /// The keys of all of them, in the plan's time and order.
    pub(crate) fn keys(
        connection: &mut PgConnection,
        plan: &Plan,
        all: &[Arc<Self>],
    ) -> QueryResult<Vec<Key>> {
        let unknown: Vec<_> = all.iter().filter(|few| few.keys.get().is_none()).collect();
        let ids = unknown
            .iter()
            .flat_map(|few| few.ids.iter().map(|id| (*id, few.cell.time())));
        let times: HashMap<i64, NaiveDateTime> = plan.times(connection, ids)?.into_iter().collect();
        for few in unknown {
            let key = |id: &i64| Some((*times.get(id)?, *id));
            few.keys
                .get_or_init(|| few.ids.iter().filter_map(key).collect());
        }
        let keys = all
            .iter()
            .filter_map(|few| few.keys.get())
            .flatten()
            .copied();
        let mut keys: Vec<Key> = keys.filter(|(at, _)| plan.time.covers(*at)).collect();
        plan.sort(&mut keys, |key| *key);
        Ok(keys)
    }
}
