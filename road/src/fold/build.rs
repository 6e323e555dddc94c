//! A build's road: all that concerns one name, version and release.

use std::collections::BTreeMap;

use super::attempt::Attempt;
use super::gate::Gate;
use super::koji::Koji;
use super::origin::{STAGES, origin};
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
use crate::word::Word;

/// What to leave out of a build's road.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part<'a> {
    /// Look at the build as one of this update's, whatever other updates it is in.
    pub(crate) update: Option<&'a str>,
    /// Do not look at what all builds of an update share: the gate, and openQA's jobs.
    pub(crate) alone: bool,
    /// Look at one attempt at the build, and not at what came of others.
    pub(crate) attempt: Option<&'a Attempt>,
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
    /// Where the updates that it is or was in stand with their pushes.
    pushes: BTreeMap<String, Pushes>,
    /// Its tests.
    tested: Tested,
    gate: Gate,
    /// The first message of a later attempt than the one that is looked at.
    followed: Option<At>,
    /// The first stages, which are told with hindsight.
    origin: Vec<Telling>,
    track: Track,
}

impl<'a> BuildFold<'a> {
    /// Folds all messages.
    pub(crate) fn new(nvr: &'a str, history: &History, part: Part<'a>) -> Self {
        let mut fold = Self::empty(nvr, part);
        let events: Vec<(At, &Event)> = match part.alone {
            true => history.near(nvr).collect(),
            false => history.events().collect(),
        };
        fold.all(&events);
        let commit = fold.koji.commit().map(String::as_str);
        fold.origin = origin(commit, fold.pr(), events.into_iter());
        fold
    }

    /// Folds what tells how the build, or a part of it, stands now, and not since when: what all builds of an update
    /// share is left out.
    pub(crate) fn now(nvr: &'a str, history: &History, part: Part<'a>) -> Self {
        let mut fold = Self::empty(
            nvr,
            Part {
                alone: true,
                ..part
            },
        );
        for (at, event) in history.near(nvr) {
            fold.take(event, at);
        }
        fold
    }

    /// Takes messages in their order, and notes since when words are so.
    fn all(&mut self, events: &[(At, &Event)]) {
        for (at, event) in events {
            if self.take(event, *at) {
                self.note(*at);
            }
        }
    }

    fn empty(nvr: &'a str, part: Part<'a>) -> Self {
        Self {
            nvr,
            part,
            koji: Koji::default(),
            source: Source::default(),
            updates: Updates::default(),
            mine: part.update.filter(|_| nvr == UNNAMED).map(str::to_owned),
            in_testing: None,
            pushes: BTreeMap::new(),
            tested: Tested::default(),
            gate: Gate::default(),
            followed: None,
            origin: Vec::new(),
            track: Track::new(&Stage::ALL[STAGES.len()..]),
        }
    }

    /// Takes what was said; tells whether that may change a word.
    fn take(&mut self, event: &Event, at: At) -> bool {
        match event {
            Event::Push(_) | Event::PullRequest(_) | Event::PullRequestTest(_) => {
                self.source.take(event, at);
                false
            }
            _ if self.is_elsewhere(event) => self.is_followed(event, at),
            Event::Update(update) => self.update(update, at),
            Event::Composing { repo, nvrs } => {
                let named = nvrs.iter().any(|nvr| nvr == self.nvr);
                if let Some(alias) = self.mine.as_ref().filter(|_| named) {
                    let release = self.release(alias);
                    let pushes = self.pushes.entry(alias.clone()).or_default();
                    pushes.composing(repo, &release, at);
                }
                named
            }
            Event::Composed { repo, success } => {
                for pushes in self.pushes.values_mut() {
                    pushes.composed(repo, *success, at);
                }
                true
            }
            Event::Build(_) | Event::Tag(_) | Event::Sign(_) => self.in_koji(event, at),
            Event::Scratch(_) => false,
            _ => self.tested(event, at),
        }
    }

    /// Whether what was said is about another attempt than the one that is looked at.
    fn is_elsewhere(&self, event: &Event) -> bool {
        let Some(attempt) = self.part.attempt else {
            return false;
        };
        let task = match event {
            Event::Build(build) => build.task.as_ref(),
            Event::Test(test) => test.task.as_ref(),
            Event::Sign(sign) => sign.task.as_ref(),
            _ => None,
        };
        attempt.is_other(task) || (task != Some(&attempt.task) && !attempt.may_have_built())
    }

    /// Notes when another attempt begins after the one that is looked at; tells whether that may change a word.
    fn is_followed(&mut self, event: &Event, at: At) -> bool {
        let begins = matches!(event, Event::Build(build) if build.nvr == self.nvr);
        let follows = begins && self.followed.is_none() && self.koji.first.is_some();
        if follows {
            self.followed = Some(at);
        }
        follows
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
            Event::Job(job) if !self.part.alone => {
                self.tested.job(job, at);
                self.mine.as_ref() == Some(&job.alias)
            }
            Event::Restart(restart) if !self.part.alone => {
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
            Event::Decision(decision) if !self.part.alone => {
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
        if !self.part.alone {
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

    /// Looks what a message about an update means for its pushes, which are known even while another update counts.
    fn moved(&mut self, update: &Update, changed: bool, at: At) {
        let alias = &update.alias;
        self.mine = self.updates.with(self.nvr).map(|(alias, _)| alias.clone());
        if self.mine.as_ref() == Some(alias) && update.status == Some(Status::Testing) {
            self.in_testing.get_or_insert(at);
        }
        if self.updates.ever_with(self.nvr).any(|ever| ever == alias) || self.nvr == UNNAMED {
            let release = self.release(alias);
            let pushes = self.pushes.entry(alias.clone()).or_default();
            pushes.update(update, changed, &release, at);
        }
    }

    /// Where the build's update stands with its pushes.
    pub(crate) fn pushes(&self) -> &Pushes {
        let mine = self.mine.as_ref();
        mine.and_then(|alias| self.pushes.get(alias))
            .unwrap_or(&Pushes::NONE)
    }

    /// The release of an update; an empty one without an update.
    fn release(&self, alias: &str) -> Release {
        let update = self.updates.get(alias);
        update.map_or_else(Release::default, |known| known.release.clone())
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
        let mut tellings = self.origin.clone();
        tellings.extend(self.track.tellings(|stage| self.told(stage, &standing)));
        tellings
    }

    /// How a stage stands that is not one of the first, and whether that is for good.
    fn told(&self, stage: Stage, standing: &Standing) -> Told {
        let told = self.stands(stage, standing);
        match self.part.attempt {
            Some(attempt) if attempt.is_over => told.only(&[]),
            _ => told,
        }
    }

    /// The stage `build`. Koji builds nothing twice at once, so that an attempt has failed when another one begins.
    fn building(&self) -> Told {
        let told = self.koji.building();
        match self.followed {
            Some(at) if told.word == Word::Running => Told::by(Word::Failed, at),
            _ => told,
        }
    }

    fn stands(&self, stage: Stage, standing: &Standing) -> Told {
        match stage {
            Stage::Commit | Stage::Pr | Stage::PrCi => Told::nothing(),
            Stage::Build => self.building(),
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
            Stage::Testing => standing.in_testing(self.pushes()),
            Stage::Stable => standing.in_stable(self.pushes()),
        }
    }

    /// The stage `gating`.
    fn gating(&self, standing: &Standing) -> Told {
        match standing.update {
            _ if self.part.alone || standing.is_removed() => Told::nothing(),
            Some((alias, known)) => self.gate.of_update(alias, known),
            None => match &self.mine {
                Some(alias) => self.gate.of_unknown(alias),
                None => self.gate.of_build(self.nvr),
            },
        }
    }

    /// Whether the gate is failed whatever else was decided about other builds of the update.
    pub(crate) fn is_held(&self) -> bool {
        self.in_update()
            .is_some_and(|(alias, known)| self.gate.is_held(alias, known))
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
