//! Whether what is waited for on a road is so.

use road::{Road, Subject, Word};
use serde::{Serialize, Serializer};

use crate::request::waiting::{Awaited, Condition};

/// Whether what is waited for is so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Met {
    /// It is.
    Yes,
    /// Not yet.
    No,
    /// Nothing that can happen makes it so.
    Never,
}

/// As `true`, `false` or `"never"`.
impl Serialize for Met {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => serializer.serialize_bool(true),
            Self::No => serializer.serialize_bool(false),
            Self::Never => serializer.serialize_str("never"),
        }
    }
}

/// Whether what is awaited of a subject is so on its roads, whose cursor this is. What is waited for with `since` and
/// `until` is the latter; without both, that anything was said.
pub fn met(awaited: &Awaited, subject: &Subject, roads: &[Road], cursor: &str) -> Met {
    if !awaited.until.is_empty() {
        return conditions(&awaited.until, subject, roads);
    }
    let is_so = match &awaited.since {
        Some(since) => since != cursor,
        None => roads.iter().any(is_known),
    };
    if is_so { Met::Yes } else { Met::No }
}

/// Whether the answer is to be given now.
pub fn is_final(awaited: &Awaited, met: Met, cursor: &str) -> bool {
    let changed = awaited.since.as_ref().is_some_and(|since| since != cursor);
    changed || met != Met::No
}

fn is_known(road: &Road) -> bool {
    road.stages.iter().any(|step| step.word != Word::None)
}

fn conditions(until: &[Condition], subject: &Subject, roads: &[Road]) -> Met {
    let each = || until.iter().map(|condition| one(condition, subject, roads));
    if each().any(|met| met == Met::Never) {
        Met::Never
    } else if each().all(|met| met == Met::Yes) {
        Met::Yes
    } else {
        Met::No
    }
}

/// A condition holds if it does on all roads that have one of its stages, and there is one. A package or commit may get
/// other roads at any time, so that nothing is impossible there.
fn one(Condition { any }: &Condition, subject: &Subject, roads: &[Road]) -> Met {
    let has = |road: &&Road| any.iter().any(|(stage, _)| road.word(*stage).is_some());
    let holds = |road: &Road| {
        any.iter()
            .any(|(stage, word)| road.word(*stage) == Some(*word))
    };
    let mut having = roads.iter().filter(has).peekable();
    if having.peek().is_some() && having.all(holds) {
        return Met::Yes;
    }
    let gets_others = matches!(subject, Subject::Package(_) | Subject::Commit(_));
    let can = |road: &Road| {
        any.iter()
            .any(|(stage, word)| road.can_become(*stage, *word))
    };
    if gets_others || roads.iter().all(can) {
        Met::No
    } else {
        Met::Never
    }
}
