//! A story while it is told: its names and numbers, and how its update stands.

use super::act::{Act, Nth, Spot};
use super::plots::{About, Builds, Ending, Plot, Product};
use super::script::Script;
use crate::applications::pagure::Pull;
use crate::release::{RAWHIDE, Release};
use crate::scene::{Build, Scene, Source};
use crate::story::{End, Story};
use crate::world::STORIES;
use chrono::{DateTime, Utc};

/// A story, of which some is told. Versions and numbers are such as only stories have, and differ between them.
#[derive(Debug)]
pub(super) struct Tale {
    plot: &'static Plot,
    /// How many stories have begun with this.
    number: u64,
    acts: std::vec::IntoIter<Act>,
    pub(super) release: Release,
    pub(super) builds: Vec<Build>,
    /// How many tasks there are.
    tasks: u64,
    /// Aliases of its updates.
    aliases: Vec<String>,
    /// The last update that was filed.
    pub(super) update: Option<Filed>,
    /// What Bodhi finds of gates.
    pub(super) gate: Option<&'static str>,
    pub(super) pull: Pull,
    /// The scratch build of the pull request.
    pub(super) scratch: Source,
}

/// How an update stands.
#[derive(Clone, Debug)]
pub(super) struct Filed {
    pub(super) alias: String,
    pub(super) builds: Vec<Nth>,
    pub(super) removed: Vec<String>,
    pub(super) status: &'static str,
    pub(super) request: Option<&'static str>,
    pub(super) karma: i64,
    pub(super) submitted: DateTime<Utc>,
    /// What its words follow from, which do not change.
    pub(super) seed: u64,
}

impl Tale {
    /// The story with this number begins.
    pub(super) fn new(plot: &'static Plot, number: u64, scene: &mut Scene) -> Self {
        let release = match plot.product {
            Product::Fedora => scene.release(),
            Product::Rawhide => Release::Rawhide(RAWHIDE),
            Product::Epel => Release::Epel(scene.random.between(9, 10)),
            Product::Flatpak => Release::Flatpak(scene.fedora()),
        };
        let mut script = Script::new(release);
        (plot.script)(&mut script);
        let builds = builds(plot, number, release, scene);
        let pull = Pull {
            id: 1000 + number,
            branch: release.branch(),
            status: "Open",
            commit: commit(&builds[0]).to_owned(),
            ..Pull::some(scene, &builds[0].name)
        };
        let mut tale = Self {
            plot,
            number,
            acts: script.acts.into_iter(),
            release,
            builds,
            tasks: 0,
            aliases: Vec::new(),
            update: None,
            gate: None,
            scratch: Source {
                task: 0,
                commit: pull.commit.clone(),
            },
            pull,
        };
        tale.scratch.task = tale.task();
        for nth in 0..tale.builds.len() {
            let task = tale.task();
            if let Some(source) = &mut tale.builds[nth].source {
                source.task = task;
            }
        }
        tale
    }

    /// The number of another task.
    fn task(&mut self) -> u64 {
        self.tasks += 1;
        150_000_000 + 20 * self.number + self.tasks
    }

    /// The number of one of its jobs at openQA.
    pub(super) fn job(&self, nth: u64) -> u64 {
        4_000_000 + 10 * self.number + nth
    }

    /// The tag of a spot.
    pub(super) fn tag(&self, spot: Spot) -> String {
        let side = self.builds[0].side.clone().unwrap_or_default();
        match spot {
            Spot::Of(place) => self.release.tag(place),
            Spot::Side => side,
            Spot::SideSigning => format!("{side}-signing-pending"),
            Spot::SideTesting => format!("{side}-testing-pending"),
        }
    }

    /// The parts of the critical path that its updates are of.
    pub(super) fn critpath_groups(&self) -> &'static str {
        match self.plot.builds {
            Builds::Critical => "core",
            _ => "",
        }
    }

    /// How much is yet to happen.
    pub(super) fn to_come(&self) -> usize {
        self.acts.len()
    }

    pub(super) fn is_over(&self) -> bool {
        self.to_come() == 0
    }

    /// What happens next, and whether what comes then belongs to it.
    pub(super) fn act(&mut self) -> (Act, bool) {
        let act = self.acts.next().expect("a story that is over is not asked");
        (act, self.goes_on(act))
    }

    /// What is not told happens.
    pub(super) fn happened(&mut self, act: Act, scene: &mut Scene) {
        match act {
            Act::Again(nth) => {
                let task = self.task();
                let commit = scene.random.hex(40);
                self.builds[nth].source = Some(Source { task, commit });
            }
            Act::Filed(builds) => self.filed(builds, scene),
            Act::Gate(gate) => self.gate = Some(gate),
            Act::Removed(nth) => {
                let nvr = self.builds[nth].nvr();
                if let Some(update) = &mut self.update {
                    update.builds.retain(|build| *build != nth);
                    update.removed.push(nvr);
                    update.status = "pending";
                }
            }
            _ => {}
        }
    }

    fn filed(&mut self, builds: &[Nth], scene: &mut Scene) {
        let alias = scene.alias(self.release);
        self.aliases.push(alias.clone());
        self.update = Some(Filed {
            alias,
            builds: builds.to_vec(),
            removed: Vec::new(),
            status: "pending",
            request: None,
            karma: 0,
            submitted: scene.now,
            seed: scene.random.bits(),
        });
    }

    /// Whether what happens next belongs to what happened last: a move from one tag to another.
    fn goes_on(&self, last: Act) -> bool {
        match (last, self.acts.as_slice().first()) {
            (Act::Untagged(one, _), Some(Act::Tagged(other, _))) => one == *other,
            _ => false,
        }
    }

    /// The story as it ended.
    pub(super) fn story(&self) -> Story {
        Story {
            title: self.plot.title,
            ends: self.plot.ends.iter().map(|end| self.end(end)).collect(),
        }
    }

    fn end(&self, ending: &Ending) -> End {
        let words = ending.stages.split(' ');
        let mut tags: Vec<String> = ending
            .held
            .iter()
            .map(|place| self.release.tag(*place))
            .collect();
        tags.sort();
        let (subject, task, branch) = match ending.about {
            About::Build(nth) => {
                let build = &self.builds[nth];
                let branch = Some(self.release.branch());
                (format!("nvr:{}", build.nvr()), build.task(), branch)
            }
            About::Request => {
                let Pull { package, id, .. } = &self.pull;
                (format!("pr:rpms/{package}#{id}"), None, None)
            }
            About::Scratch => {
                let task = self.scratch.task;
                (format!("task:{task}"), Some(task), None)
            }
        };
        End {
            subject,
            task,
            branch,
            update: ending.update.map(|nth| self.aliases[nth].clone()),
            tags,
            stages: words.filter_map(|word| word.split_once('=')).collect(),
        }
    }
}

/// The commit of a build; empty for one that was imported.
fn commit(build: &Build) -> &str {
    build
        .source
        .as_ref()
        .map_or("", |source| source.commit.as_str())
}

/// The builds of a plot, with names and versions.
fn builds(plot: &Plot, number: u64, release: Release, scene: &mut Scene) -> Vec<Build> {
    let count = match plot.builds {
        Builds::One | Builds::Critical => 1,
        Builds::Several(count) | Builds::InSideTag(count) => count,
        Builds::Successive => 2,
    };
    let packages = &scene.world.packages;
    let rank = scene.world.attention.choose(scene.random);
    let first = scene.world.of_stories(rank);
    let side = format!("{}-build-side-{}", release.dist_tag(), 100_000 + number);
    let build = |nth: usize| {
        let successive = plot.builds == Builds::Successive;
        let package = if successive {
            first
        } else {
            first + STORIES * 34 * nth
        } % packages.len();
        let imported = matches!(release, Release::Flatpak(_));
        let name = &packages[package];
        Build {
            id: 3_000_000 + 4 * number + nth as u64,
            name: if imported {
                format!("{name}-flatpak")
            } else {
                name.clone()
            },
            // Others are below 13.
            version: format!(
                "{}.{}.{}",
                20 + number / 1600,
                number / 40 % 40,
                number % 40
            ),
            release: format!("{}{}", nth + 1, release.suffix()),
            owner: scene.world.maintainer(first).username.clone(),
            made_for: release,
            signed: false,
            side: matches!(plot.builds, Builds::InSideTag(_)).then(|| side.clone()),
            source: (!imported).then(|| scene.source()),
        }
    };
    (0..count).map(build).collect()
}
