//! The newest builds of a package: of each branch the newest, and how its stages stand, and all that were read of.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use road::{PackageBuild, Road, Stage, Step, Subject, Undone, Word};

use crate::pages::links;
use crate::pages::name_page::{BUILT, BuildCell, BuildRow, BuildTable, FailingNote};
use crate::view::failing::Failing;
use crate::view::moment::moment;
use crate::view::stops::sign;

/// So many branches at most.
const MOST: usize = 12;
/// The columns, what programs call them, and the stages of which each tells the least word.
pub(super) const COLUMNS: [(&str, &str, &[Stage]); 5] = [
    (BUILT[0], "build", &[Stage::Build]),
    ("Update", "update", &[Stage::Update]),
    (
        "Tests",
        "tests",
        &[Stage::Ci, Stage::Openqa, Stage::Results],
    ),
    ("Gating", "gating", &[Stage::Gating]),
    ("Stable", "stable", &[Stage::Stable]),
];

/// The newest builds of a package.
pub struct Builds {
    /// The newest of each branch, those of the newest branches first.
    pub(super) roads: Vec<Road>,
    /// All that are known, by what koji says of them; the newest first.
    pub(super) all: Vec<PackageBuild>,
}

impl Builds {
    /// Of all builds of a package that are known, the newest first.
    pub fn of(all: Vec<PackageBuild>) -> Self {
        let mut branches = BTreeSet::new();
        let roads = all.iter().map(|build| &build.road);
        let of_branch = roads.filter(|road| branches.insert(&road.branch));
        let roads = sorted(of_branch.cloned().collect());
        Self { roads, all }
    }

    /// Puts these roads in the place of those of the newest builds, as they tell more.
    pub fn with_roads(self, roads: Vec<Road>) -> Self {
        let roads = sorted(roads);
        Self { roads, ..self }
    }

    /// The newest of each branch.
    pub fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.roads.iter().map(|road| &road.subject)
    }

    /// The table for people; `None` if there is no build.
    pub fn table(&self, root: &str, package: &str, now: NaiveDateTime) -> Option<BuildTable> {
        let columns: Vec<_> = self.columns().collect();
        let rows = self.roads.iter().map(|road| {
            let cells = columns.iter();
            let cells =
                cells.map(|(heading, _, stages)| self.cell(root, heading, road, stages, now));
            self.row(root, road, cells.collect(), now)
        });
        let all = self.all.iter().map(|PackageBuild { road, .. }| {
            let built = self.cell(root, BUILT[0], road, &[Stage::Build], now);
            self.row(root, road, vec![built], now)
        });
        (!self.roads.is_empty()).then(|| BuildTable {
            columns: columns.iter().map(|(heading, ..)| *heading).collect(),
            rows: rows.collect(),
            all: all.collect(),
            road: format!("{root}{}", links::about("package", package, "prod")),
        })
    }

    fn row(&self, root: &str, road: &Road, stages: Vec<BuildCell>, now: NaiveDateTime) -> BuildRow {
        let nvr = road.subject.parts().1;
        BuildRow {
            branch: road.branch.clone().unwrap_or_default(),
            nvr: nvr.to_owned(),
            href: href(root, nvr),
            failing: Failing::of(&self.all, &road.subject).map(|failing| FailingNote {
                words: failing.words(),
                first: (failing.builds > 1).then(|| {
                    let nvr = failing.first.parts().1;
                    (nvr.to_owned(), href(root, nvr))
                }),
                since: failing
                    .since
                    .filter(|_| failing.builds > 1)
                    .map(|at| moment(at, now)),
            }),
            stages,
        }
    }

    fn undone(&self, road: &Road) -> Option<Undone> {
        let mut known = self.all.iter();
        known
            .find(|build| build.road.subject == road.subject)?
            .undone
    }

    fn cell(
        &self,
        root: &str,
        column: &'static str,
        road: &Road,
        stages: &[Stage],
        now: NaiveDateTime,
    ) -> BuildCell {
        let cell = cell(root, column, least(road, stages), now);
        let undone = self.undone(road).filter(|_| stages == [Stage::Build]);
        match undone {
            Some(undone) => BuildCell {
                word: undone.as_str(),
                sign: "⊘",
                ..cell
            },
            None => cell,
        }
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

/// The address of the road of a build.
fn href(root: &str, nvr: &str) -> String {
    format!("{root}{}", links::about("nvr", nvr, "prod"))
}

/// The newest of each branch, in the order in which they are shown.
fn sorted(mut roads: Vec<Road>) -> Vec<Road> {
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
    roads
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
pub(super) fn least<'r>(road: &'r Road, stages: &[Stage]) -> Option<&'r Step> {
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
