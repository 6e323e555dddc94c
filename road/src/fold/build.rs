//! A build's road: all that concerns one name, version and release.

use super::gate::Gate;
use super::koji::Koji;
use super::pull_request::Source;
use super::pushes::Pushes;
use super::standing::Standing;
use super::tested::Tested;
use super::told::{At, Telling, Told, Track};
use super::updates::{KnownUpdate, UNNAMED, Updates, concerns};
use crate::event::update::{Release, Status, Update};
use crate::event::{Decision, Event, Item};
use crate::history::History;
use crate::stage::Stage;
use crate::subject::split_nvr;
use crate::tags::{branch_in, branch_of_release};

/// What to leave out of a build's road.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part<'a> {
    /// Look at the build as one of this update's, whatever other updates it is in.
    pub(crate) update: Option<&'a str>,
    /// Do not look at the gate, which all builds of an update share.
    pub(crate) gateless: bool,
}

/// What is known of a build.
pub(crate) struct BuildFold<'a> {
    nvr: &'a str,
    part: Part<'a>,
    /// Koji's side.
    pub(crate) koji: Koji,
    /// Dist-git's side.
    pub(crate) source: Source,
    /// Its updates, and those of other builds of its package.
    pub(crate) updates: Updates,
    /// The update that it was in when a message of an update came last.
    mine: Option<String>,
    /// When its update's status first was testing.
    in_testing: Option<At>,
    /// Where its update stands with its pushes.
    pub(crate) pushes: Pushes,
    /// Its tests.
    tested: Tested,
    gate: Gate,
    track: Track,
}

impl<'a> BuildFold<'a> {
    /// Folds all messages.
    pub(crate) fn new(nvr: &'a str, history: &History, part: Part<'a>) -> Self {
        let mut fold = Self {
            nvr,
            part,
            koji: Koji::default(),
            source: Source::default(),
            updates: Updates::default(),
            mine: part.update.filter(|_| nvr == UNNAMED).map(str::to_owned),
            in_testing: None,
            pushes: Pushes::default(),
            tested: Tested::default(),
            gate: Gate::default(),
            track: Track::new(&Stage::ALL),
        };
        for (at, event) in history.events() {
            if fold.take(event, at) {
                fold.note(at);
            }
        }
        fold
    }

    /// Takes what was said; tells whether that may change a word.
    fn take(&mut self, event: &Event, at: At) -> bool {
        match event {
            Event::Push(push) => {
                self.source.push(push, at);
                self.koji
                    .commit()
                    .is_some_and(|commit| push.commits.contains(commit))
            }
            Event::PullRequest(shown) => {
                self.source.pull_request(shown, at);
                self.brought_by(&shown.pr)
            }
            Event::PullRequestTest(test) => {
                self.source.test(test, at);
                self.brought_by(&test.pr)
            }
            Event::Update(update) => self.update(update, at),
            Event::Composing { repo, nvrs } => {
                let named = nvrs.iter().any(|nvr| nvr == self.nvr);
                if named {
                    let release = self.release();
                    self.pushes.composing(repo, &release, at);
                }
                named
            }
            Event::Composed { repo, success } => {
                self.pushes.composed(repo, *success, at);
                true
            }
            Event::Build(_) | Event::Tag(_) | Event::Sign(_) => self.in_koji(event, at),
            Event::Scratch(_) => false,
            _ => self.tested(event, at),
        }
    }

    /// Takes what koji said.
    fn in_koji(&mut self, event: &Event, at: At) -> bool {
        match event {
            Event::Build(build) if build.nvr == self.nvr => self.koji.build(build, at),
            Event::Tag(tag) if tag.nvr == self.nvr => self.koji.tag(tag, at),
            Event::Sign(sign) => {
                let mine = match &sign.nvr {
                    Some(nvr) => nvr == self.nvr,
                    None => sign
                        .build
                        .as_ref()
                        .is_some_and(|build| self.koji.numbers.contains(build)),
                };
                if !mine {
                    return false;
                }
                self.koji.sign(sign, at);
            }
            _ => return false,
        }
        true
    }

    /// Takes what was said about tests and the gate.
    fn tested(&mut self, event: &Event, at: At) -> bool {
        match event {
            Event::Test(test) => {
                let mine = self.tested.test(test, self.nvr, at);
                if mine && test.nvr.is_some() {
                    self.koji.tasks.extend(test.task.clone());
                    self.koji.quote(test.commit.as_ref());
                }
                mine
            }
            Event::Job(job) => {
                self.tested.job(job, at);
                self.mine.as_ref() == Some(&job.alias)
            }
            Event::Restart(restart) => {
                self.tested.restart(restart, at);
                self.mine.as_ref() == Some(&restart.alias)
            }
            Event::Outcome(outcome) => {
                self.tested.outcome(outcome, self.nvr, at);
                self.is_mine(&outcome.item)
            }
            Event::Waiver(waiver) => {
                self.tested.waiver(waiver, self.nvr, at);
                self.is_mine(&waiver.item)
            }
            Event::Decision(decision) if !self.part.gateless => {
                self.gate.decision(decision, at);
                self.is_decided_by(decision)
            }
            _ => false,
        }
    }

    /// Takes what happened to an update.
    fn update(&mut self, update: &Update, at: At) -> bool {
        let member = update.builds.get(self.nvr);
        let foreign = self.part.update.is_some_and(|alias| alias != update.alias);
        let alone = self.nvr == UNNAMED && !foreign;
        let known = self.updates.get(&update.alias).is_some();
        let near = known || alone || concerns(update, self.nvr);
        if !near || (foreign && member.is_some()) {
            return false;
        }
        if let Some(member) = member {
            self.koji.tasks.extend(member.task.clone());
            self.koji.numbers.extend(member.build.clone());
            if member.signed {
                self.koji.signed(at);
            }
        }
        let changed = self.updates.changes(update);
        if !self.part.gateless {
            if changed {
                self.gate
                    .changed(&update.alias, self.updates.get(&update.alias), at);
            }
            self.gate.update(update, at);
        }
        self.updates.take(update, at);
        self.moved(update, changed, at);
        true
    }

    /// Looks what a message about an update means for the build's pushes.
    fn moved(&mut self, update: &Update, changed: bool, at: At) {
        let mine = self.updates.with(self.nvr).map(|(alias, _)| alias.clone());
        if self.mine.is_some() && self.mine != mine {
            self.pushes = Pushes::default();
        }
        self.mine = mine;
        if self.mine.as_ref() == Some(&update.alias) {
            if update.status == Some(Status::Testing) {
                self.in_testing.get_or_insert(at);
            }
            let release = self.release();
            self.pushes.update(update, changed, &release, at);
        }
    }

    /// The release of the build's update; an empty one without an update.
    fn release(&self) -> Release {
        let update = self.updates.with(self.nvr);
        update.map_or_else(Release::default, |(_, known)| known.release.clone())
    }

    /// Whether the pull request brought the build's commit.
    fn brought_by(&self, pr: &str) -> bool {
        self.pr() == Some(pr)
    }

    /// The pull request that brought the build's commit.
    pub(crate) fn pr(&self) -> Option<&str> {
        self.source.brought(self.koji.commit()?)
    }

    /// Whether something said about a build or an update counts for this build.
    fn is_mine(&self, item: &Item) -> bool {
        match item {
            Item::Nvr(nvr) => nvr == self.nvr,
            Item::Update(alias) => self.mine.as_ref() == Some(alias),
        }
    }

    /// Whether a decision is about this build, its update or another build of that.
    fn is_decided_by(&self, decision: &Decision) -> bool {
        let update = self.updates.with(self.nvr);
        let beside = |item: &Item| match (item, update) {
            (Item::Nvr(nvr), Some((_, known))) => known.builds.contains(nvr),
            _ => false,
        };
        decision
            .items
            .iter()
            .any(|item| self.is_mine(item) || beside(item))
    }

    /// Where the build stands with Bodhi.
    pub(crate) fn standing(&self) -> Standing<'_> {
        Standing::of(self.nvr, &self.koji, &self.updates, self.in_testing)
    }

    /// Notes how all stages stand now.
    fn note(&mut self, at: At) {
        let mut track = std::mem::replace(&mut self.track, Track::new(&[]));
        let standing = self.standing();
        track.note(at, |stage| self.told(stage, &standing).word);
        self.track = track;
    }

    /// The stages, and since when each is as it is.
    pub(crate) fn tellings(&self) -> Vec<Telling> {
        let standing = self.standing();
        self.track.tellings(|stage| self.told(stage, &standing))
    }

    /// How a stage stands.
    fn told(&self, stage: Stage, standing: &Standing) -> Told {
        let commit = self.koji.commit();
        let of_pr = |told: fn(&Source, &str) -> Told| {
            self.pr()
                .map_or_else(Told::nothing, |pr| told(&self.source, pr))
        };
        match stage {
            Stage::Commit => commit.map_or_else(Told::nothing, |commit| self.source.commit(commit)),
            Stage::Pr => of_pr(Source::pr),
            Stage::PrCi => of_pr(Source::pr_ci),
            Stage::Build => self.koji.building(),
            Stage::Sign => self.koji.signing(),
            Stage::Update => standing.updating(),
            Stage::Ci => self.tested.ci(&self.koji.tasks),
            Stage::Openqa => {
                let alias = self.mine.as_ref();
                alias.map_or_else(Told::nothing, |alias| self.tested.openqa(alias))
            }
            Stage::Results => self.tested.results(|item| self.is_mine(item)),
            Stage::Waiver => self.tested.waived(|item| self.is_mine(item)),
            Stage::Gating => self.gating(standing),
            Stage::Testing => standing.in_testing(&self.pushes),
            Stage::Stable => standing.in_stable(&self.pushes),
        }
    }

    /// The stage `gating`.
    fn gating(&self, standing: &Standing) -> Told {
        match standing.update {
            _ if self.part.gateless || standing.is_removed() => Told::nothing(),
            Some((alias, known)) => self.gate.of_update(alias, known),
            None => match &self.mine {
                Some(alias) => self.gate.of_unknown(alias),
                None => self.gate.of_build(self.nvr),
            },
        }
    }

    /// The build's update and what is known of it.
    pub(crate) fn in_update(&self) -> Option<(&String, &KnownUpdate)> {
        self.updates.with(self.nvr)
    }

    /// The branch that the build is for, by the best that tells.
    pub(crate) fn branch(&self) -> Option<String> {
        let update = self
            .in_update()
            .and_then(|(_, known)| known.release.branch.clone());
        let target = || self.koji.target.as_deref().and_then(branch_in);
        let held = || self.koji.held.keys().find_map(|tag| branch_in(tag));
        let had = || self.koji.had.keys().find_map(|tag| branch_in(tag));
        let named = || split_nvr(self.nvr).and_then(|(_, _, release)| branch_of_release(release));
        update
            .or_else(target)
            .or_else(held)
            .or_else(had)
            .or_else(named)
    }
}
