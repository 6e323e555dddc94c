//! Messages in their order: by time, and then by arrival.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::event::Event;
use crate::fold::told::{At, Telling};
use crate::message::{Entry, Place};
use crate::road::Step;

/// How many messages are told behind a word.
const BEHIND: usize = 10;

/// Messages that were read, each once.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// Messages in their order, up to a moment.
pub(crate) struct History<'a>(Vec<&'a Entry>);

impl<'a> History<'a> {
    /// Puts messages in order and leaves out those after `as_of`.
    pub(crate) fn new(entries: &'a Entries, as_of: Option<NaiveDateTime>) -> Self {
        let known = |entry: &&Entry| as_of.is_none_or(|as_of| entry.place.0 <= as_of);
        let mut ordered: Vec<&Entry> = entries.values().filter(known).collect();
        ordered.sort_by(|one, other| (one.place, &one.id).cmp(&(other.place, &other.id)));
        Self(ordered)
    }

    /// A part of a history, in its order.
    pub(crate) fn part(entries: Vec<&'a Entry>) -> Self {
        Self(entries)
    }

    /// The messages, in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &'a Entry> + '_ {
        self.0.iter().copied()
    }

    /// All that was said, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = (At, &'a Event)> + '_ {
        self.0
            .iter()
            .enumerate()
            .map(|(at, entry)| (at, &entry.event))
    }

    /// Where a message stands in the order of all.
    pub(crate) fn place(&self, at: At) -> Place {
        self.0[at].place
    }

    /// The time of a message.
    pub(crate) fn time(&self, at: At) -> NaiveDateTime {
        self.0[at].place.0
    }

    /// A stage as the outside sees it.
    pub(crate) fn step(&self, telling: &Telling) -> Step {
        let Telling { stage, told, since } = telling;
        let mut behind = told.behind.clone();
        behind.sort_unstable_by(|one, other| other.cmp(one));
        behind.dedup();
        behind.truncate(BEHIND);
        Step {
            stage: *stage,
            word: told.word,
            since: since.map(|at| self.time(at)),
            messages: behind.into_iter().map(|at| self.0[at].id.clone()).collect(),
            open: told.open.unwrap_or(stage.words()),
        }
    }
}
