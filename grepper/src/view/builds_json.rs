//! The newest builds of a package as programs get them.

use road::{PackageBuild, Road, Stage, Step, Undone, Word};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::view::builds::{Builds, COLUMNS, least};
use crate::view::failing::Failing;
use crate::view::moment::written;

/// The newest of each branch.
pub struct NewestOfBranches<'a>(pub &'a Builds);

impl Serialize for NewestOfBranches<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(builds) = self;
        serializer.collect_seq(builds.roads.iter().map(|road| BuildMembers(builds, road)))
    }
}

struct BuildMembers<'a>(&'a Builds, &'a Road);

impl Serialize for BuildMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(builds, road) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("branch", &road.branch)?;
        map.serialize_entry("nvr", road.subject.parts().1)?;
        if let Some(failing) = Failing::of(&builds.all, &road.subject) {
            map.serialize_entry("failing", &failing.members())?;
        }
        map.serialize_entry("stages", &StageWords(road))?;
        map.end()
    }
}

struct StageWords<'a>(&'a Road);

impl Serialize for StageWords<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps = COLUMNS.iter().filter_map(|(_, name, stages)| {
            let step = least(self.0, stages).filter(|step| step.word != Word::None)?;
            Some((name, StageWord::of(Some(step))))
        });
        serializer.collect_map(steps)
    }
}

/// How a stage stands.
#[derive(Serialize)]
struct StageWord {
    word: &'static str,
    since: Option<String>,
}

impl StageWord {
    fn of(step: Option<&Step>) -> Self {
        Self {
            word: step.map_or(Word::None, |step| step.word).as_str(),
            since: step.and_then(|step| step.since).map(written),
        }
    }
}

/// All that were read of, the newest first.
pub struct LastBuilds<'a>(pub &'a Builds);

impl Serialize for LastBuilds<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.all.iter().map(LastBuild::of))
    }
}

#[derive(Serialize)]
struct LastBuild<'a> {
    branch: Option<&'a str>,
    nvr: &'a str,
    #[serde(flatten)]
    stands: StageWord,
}

impl<'a> LastBuild<'a> {
    fn of(PackageBuild { road, undone }: &'a PackageBuild) -> Self {
        let told = StageWord::of(road.step(Stage::Build));
        Self {
            branch: road.branch.as_deref(),
            nvr: road.subject.parts().1,
            stands: StageWord {
                word: undone.map_or(told.word, Undone::as_str),
                ..told
            },
        }
    }
}
