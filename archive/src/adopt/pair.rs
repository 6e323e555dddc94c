//! Both archives at once, and what was taken over from one to the other.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::adopt::adoption::Adoption;
use crate::adopt::ledger::{self, Recorded};
use crate::adopt::receipts::{self, Pairs};
use crate::database::connection::Lent;
use crate::error::StoreError;
use crate::span::Span;

/// Connections to both archives, and what was taken over.
pub(super) struct Pair<'a> {
    pub(super) old: Lent,
    pub(super) new: Lent,
    pub(super) recorded: &'a [Recorded],
}

impl<'a> Pair<'a> {
    pub(super) fn connect(
        adoption: &Adoption,
        recorded: &'a [Recorded],
    ) -> Result<Self, StoreError> {
        Ok(Self {
            old: adoption.old.get()?,
            new: adoption.new.get()?,
            recorded,
        })
    }

    /// Notes whether all went well: only then are the connections used again.
    pub(super) fn note(&mut self, is_well: bool) {
        self.old.note(is_well, !is_well);
        self.new.note(is_well, !is_well);
    }

    /// Whether nommer had stored the message of this time and key itself before it was read.
    pub(super) fn has_own(&self, at: NaiveDateTime, key: i64) -> bool {
        ledger::is_own(self.recorded, at, key)
    }

    /// Which messages that are there in a span are here at other times, among those with some ids.
    pub(super) fn received(&mut self, span: Span, ids: &[&str]) -> QueryResult<Pairs> {
        let (old, new) = (&mut self.old.connection, &mut self.new.connection);
        let ids = receipts::here(new, span, ids)?;
        receipts::pairs(old, new, span, &ids)
    }

    /// How many messages that are here on a day are there on another one.
    pub(super) fn of_other_days(&mut self, day: Span) -> QueryResult<u64> {
        let (old, new) = (&mut self.old.connection, &mut self.new.connection);
        let ids = receipts::all_here(new, day)?;
        let pairs = receipts::pairs(old, new, day, &ids)?;
        let others = pairs
            .iter()
            .filter(|((_, there), here)| day.holds(**here) && !day.holds(*there));
        Ok(others.count() as u64)
    }
}
