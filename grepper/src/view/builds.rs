//! The newest build of each branch of a package, and how its stages stand: a few columns of its roads.

use std::cmp::Reverse;

use chrono::NaiveDateTime;
use road::{Road, Stage, Step, Subject, Word};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::pages::links;
use crate::pages::name_page::{BuildCell, BuildRow, BuildTable};
use crate::view::moment::{moment, written};
use crate::view::stops::sign;

/// So many branches at most.
const MOST: usize = 12;
/// The columns, what programs call them, and the stages of which each tells the least word.
const COLUMNS: [(&str, &str, &[Stage]); 5] = [
    ("Built", "build", &[Stage::Build]),
    ("Update", "update", &[Stage::Update]),
    (
        "Tests",
        "tests",
        &[Stage::Ci, Stage::Openqa, Stage::Results],
    ),
    ("Gating", "gating", &[Stage::Gating]),
    ("Stable", "stable", &[Stage::Stable]),
];

/// The newest build of each branch.
pub struct Builds {
    /// As they are shown, those of the newest branches first.
    roads: Vec<Road>,
}

impl Builds {
    /// Of the roads of a package; what is no build is none of them.
    pub fn of(roads: &[Road]) -> Self {
        let is_build = |road: &&Road| {
            let is_known = road.stages.iter().any(|step| step.word != Word::None);
            matches!(road.subject, Subject::Nvr(_)) && is_known
        };
        let mut roads: Vec<Road> = roads.iter().filter(is_build).cloned().collect();
        let begun = |road: &Road| road.step(Stage::Build).and_then(|step| step.since);
        roads.sort_by_cached_key(|road| {
            let newest_first = Reverse(begun(road));
            (
                place(road.branch.as_deref()),
                newest_first,
                road.subject.clone(),
            )
        });
        roads.dedup_by(|one, other| one.branch.is_some() && one.branch == other.branch);
        roads.truncate(MOST);
        Self { roads }
    }

    /// Which builds these are.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.roads.iter().map(|road| &road.subject)
    }

    /// The table for people; `None` if there is no build.
    pub fn table(&self, root: &str, package: &str, now: NaiveDateTime) -> Option<BuildTable> {
        let columns: Vec<_> = self.columns().collect();
        let row = |road: &Road| BuildRow {
            branch: road.branch.clone().unwrap_or_default(),
            nvr: road.subject.parts().1.to_owned(),
            href: format!(
                "{root}{}",
                links::about("nvr", road.subject.parts().1, "prod")
            ),
            stages: columns
                .iter()
                .map(|(heading, _, stages)| cell(root, heading, least(road, stages), now))
                .collect(),
        };
        (!self.roads.is_empty()).then(|| BuildTable {
            columns: columns.iter().map(|(heading, ..)| *heading).collect(),
            rows: self.roads.iter().map(row).collect(),
            all: format!("{root}{}", links::about("package", package, "prod")),
        })
    }

    /// The columns of which anything is known.
    fn columns(
        &self,
    ) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static [Stage])> {
        let is_known = |stages: &[Stage]| {
            let mut steps = self.roads.iter().filter_map(|road| least(road, stages));
            steps.any(|step| step.word != Word::None)
        };
        COLUMNS
            .iter()
            .filter(move |(_, _, stages)| is_known(stages))
    }
}

/// Rawhide is before the branches of releases, the newest of which comes first, and these are before all else.
fn place(branch: Option<&str>) -> (u8, Reverse<u32>, String) {
    let branch = branch.unwrap_or_default();
    let digits = branch.trim_start_matches(|char: char| !char.is_ascii_digit());
    let number = Reverse(digits.parse().unwrap_or_default());
    let kind = match &branch[..branch.len() - digits.len()] {
        "" => 3,
        "rawhide" => 0,
        "f" => 1,
        _ => 2,
    };
    (kind, number, branch.to_owned())
}

/// Of several stages, the one that says most: what went wrong or goes on comes first.
fn least<'r>(road: &'r Road, stages: &[Stage]) -> Option<&'r Step> {
    let steps = stages.iter().filter_map(|stage| road.step(*stage));
    steps.min_by_key(|step| step.word)
}

fn cell(root: &str, column: &'static str, step: Option<&Step>, now: NaiveDateTime) -> BuildCell {
    let Some(step) = step else {
        return BuildCell {
            column,
            word: Word::None.as_str(),
            ..BuildCell::default()
        };
    };
    let message = |id: &String| {
        let shown = [
            ("id", id.as_str()),
            ("is_raw", "true"),
            ("size", "extra-large"),
        ];
        format!("{root}/v2/id?{}", links::query(shown))
    };
    BuildCell {
        column,
        word: step.word.as_str(),
        sign: sign(step.word),
        since: step.since.map(|at| moment(at, now)),
        href: step.messages.first().map(message),
    }
}

/// As programs get them.
impl Serialize for Builds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.roads.iter().map(BuildMembers))
    }
}

struct BuildMembers<'a>(&'a Road);

impl Serialize for BuildMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let road = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("branch", &road.branch)?;
        map.serialize_entry("nvr", road.subject.parts().1)?;
        map.serialize_entry("stages", &StageWords(road))?;
        map.end()
    }
}

struct StageWords<'a>(&'a Road);

impl Serialize for StageWords<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let steps = COLUMNS.iter().filter_map(|(_, name, stages)| {
            let step = least(self.0, stages).filter(|step| step.word != Word::None)?;
            Some((name, (step.word.as_str(), step.since.map(written))))
        });
        serializer.collect_map(steps.map(|(name, (word, since))| (name, StageWord { word, since })))
    }
}

/// How a stage stands.
#[derive(serde::Serialize)]
struct StageWord {
    word: &'static str,
    since: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_branches_come_first() {
        let mut branches = ["epel9", "f9", "rawhide", "", "f44", "epel10", "eln"];
        branches.sort_by_key(|branch| place(Some(branch)));
        assert_eq!(
            branches,
            ["rawhide", "f44", "f9", "epel10", "epel9", "eln", ""]
        );
    }
}
