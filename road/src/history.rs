//! Messages in their order: by time, and then by arrival.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::event::Event;
use crate::fold::told::{At, Telling};
use crate::message::{Entry, Place};
use crate::near::Near;
use crate::road::Step;

/// How many messages are told behind a word.
const BEHIND: usize = 10;

/// Messages that were read, each once.
pub(crate) type Entries = BTreeMap<String, Entry>;

/// A message and where it stands in the order of all.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) entry: &'a Entry,
    place: Place,
}

/// Messages in their order, up to a moment.
pub(crate) struct History<'a> {
    messages: Vec<Placed<'a>>,
    near: Near<'a>,
}

impl<'a> History<'a> {
    /// Puts messages in order and leaves out those after `as_of`. What claims to be sent after `latest` stands where it
    /// came.
    pub(crate) fn new(
        entries: &'a Entries,
        as_of: Option<NaiveDateTime>,
        latest: Option<NaiveDateTime>,
    ) -> Self {
        let known = |entry: &&Entry| as_of.is_none_or(|as_of| entry.place.0 <= as_of);
        let mut placed = placed(entries.values().filter(known).collect(), latest);
        placed
            .sort_by(|one, other| (one.place, &one.entry.id).cmp(&(other.place, &other.entry.id)));
        Self::part(placed)
    }

    /// A part of a history, in its order.
    pub(crate) fn part(messages: Vec<Placed<'a>>) -> Self {
        let near = Near::default();
        Self { messages, near }
    }

    /// The messages, in order.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Placed<'a>> + '_ {
        self.messages.iter().copied()
    }

    /// All that was said, in order.
    pub(crate) fn events(&self) -> impl Iterator<Item = (At, &'a Event)> + '_ {
        self.messages
            .iter()
            .enumerate()
            .map(|(at, message)| (at, &message.entry.event))
    }

    /// What may matter for a build, in order, but for what all builds of an update share.
    pub(crate) fn near(&self, nvr: &str) -> impl Iterator<Item = (At, &'a Event)> + '_ {
        let near = self.near.of(nvr, || self.events()).into_iter();
        near.map(|at| (at, &self.messages[at].entry.event))
    }

    /// Where a message stands in the order of all.
    pub(crate) fn place(&self, at: At) -> Place {
        self.messages[at].place
    }

    /// The time of a message.
    pub(crate) fn time(&self, at: At) -> NaiveDateTime {
        self.messages[at].place.0
    }

    /// A stage as the outside sees it.
    pub(crate) fn step(&self, telling: &Telling) -> Step {
        let Telling { stage, told, since } = telling;
        let mut behind = newest_first(&told.behind);
        behind.extend(newest_first(&told.beside));
        behind.truncate(BEHIND);
        Step {
            stage: *stage,
            word: told.word,
            since: since.map(|at| self.time(at)),
            messages: behind
                .into_iter()
                .map(|at| self.messages[at].entry.id.clone())
                .collect(),
            open: told.open.unwrap_or(stage.words()),
        }
    }
}

fn newest_first(messages: &[At]) -> Vec<At> {
    let mut sorted = messages.to_vec();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    sorted.dedup();
    sorted
}

/// Where messages stand. One that claims to be sent after `latest` stands with the newest of those that came before it,
/// or with the oldest where none did.
fn placed(mut entries: Vec<&Entry>, latest: Option<NaiveDateTime>) -> Vec<Placed<'_>> {
    entries.sort_by_key(|entry| entry.place.2);
    let is_ahead = |entry: &Entry| latest.is_some_and(|latest| entry.place.0 > latest);
    let times = entries.iter().filter(|entry| !is_ahead(entry));
    let mut reached = times.map(|entry| entry.place.0).min();
    let mut placed = Vec::with_capacity(entries.len());
    for entry in entries {
        let place = match reached {
            Some(time) if is_ahead(entry) => (time, true, entry.place.2),
            _ => entry.place,
        };
        reached = reached.map(|reached| reached.max(place.0));
        placed.push(Placed { entry, place });
    }
    placed
}
