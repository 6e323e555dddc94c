//! The gate: greenwave's decisions and Bodhi's word, of which the newer counts.

use std::collections::BTreeMap;

use super::told::{At, Told};
use super::updates::KnownUpdate;
use crate::event::update::{Happening, Status, Update};
use crate::event::{Decision, Item};
use crate::word::Word;

/// Decisions about one thing, the newest by context and product.
type Decisions = BTreeMap<(String, String), (Word, At)>;

/// What was said about gates.
#[derive(Default)]
pub(crate) struct Gate {
    /// Decisions about builds.
    builds: BTreeMap<String, Decisions>,
    /// Decisions about updates.
    updates: BTreeMap<String, Decisions>,
    /// What Bodhi said last of each update's gate.
    said: BTreeMap<String, (Word, At)>,
}

impl Gate {
    /// Takes a decision.
    pub(crate) fn decision(&mut self, decision: &Decision, at: At) {
        // A pattern of products is nobody's product.
        if decision.product.contains('*') {
            return;
        }
        for item in &decision.items {
            let decisions = match item {
                Item::Nvr(nvr) => self.builds.entry(nvr.clone()).or_default(),
                Item::Update(alias) => self.updates.entry(alias.clone()).or_default(),
            };
            let asked = (decision.context.clone(), decision.product.clone());
            decisions.insert(asked, (decision.word, at));
        }
    }

    /// Takes Bodhi's word. Some messages show the gate as it was before what they tell.
    pub(crate) fn update(&mut self, update: &Update, at: At) {
        let stale = matches!(
            update.happening,
            Happening::Ready | Happening::Edit | Happening::RequestTesting
        );
        if let (false, Some(word)) = (stale, update.gate) {
            self.said.insert(update.alias.clone(), (word, at));
        }
    }

    /// Other builds are in an update: if there was a gate, it waits again.
    pub(crate) fn changed(&mut self, alias: &str, before: Option<&KnownUpdate>, at: At) {
        let had_gate = before.is_some_and(|known| self.of_update(alias, known).word != Word::None);
        if had_gate {
            self.said.insert(alias.to_owned(), (Word::Waiting, at));
        }
    }

    /// The stage `gating` of an update, which is that of each of its builds.
    pub(crate) fn of_update(&self, alias: &str, known: &KnownUpdate) -> Told {
        let contexts = contexts(known);
        let mut decided = Vec::new();
        let counts = |context: &String| contexts.contains(context);
        for ((context, product), decision) in self.updates.get(alias).into_iter().flatten() {
            let release = &known.release.product;
            if counts(context) && (release.is_empty() || product == release) {
                decided.push(*decision);
            }
        }
        for nvr in &known.builds {
            let about = self.builds.get(nvr).into_iter().flatten();
            decided.extend(
                about
                    .filter(|((context, _), _)| counts(context))
                    .map(|(_, word)| *word),
            );
        }
        let newest = decided.iter().map(|(_, at)| *at).max();
        let told = Told::least(decided);
        match self.said.get(alias) {
            Some((word, at)) if newest < Some(*at) => {
                if *word == Word::Passed && told.word == Word::Waived {
                    return told;
                }
                Told::by(*word, *at)
            }
            _ => told,
        }
    }

    /// The stage `gating` of an update of which only others than Bodhi speak: what was decided about becoming stable,
    /// and else about being tested, for whatever groups.
    pub(crate) fn of_unknown(&self, alias: &str) -> Told {
        let decisions = || self.updates.get(alias).into_iter().flatten();
        let about = |base: &str| {
            let about = decisions().filter(|((context, _), _)| context.starts_with(base));
            Told::least(about.map(|(_, decision)| *decision))
        };
        let stable = about(STABLE);
        match stable.behind.is_empty() {
            true => about(TESTING),
            false => stable,
        }
    }

    /// The stage `gating` of a build without an update.
    pub(crate) fn of_build(&self, nvr: &str) -> Told {
        let decisions = self.builds.get(nvr).into_iter().flatten();
        let stable = decisions.filter(|((context, _), _)| context == STABLE);
        Told::least(stable.map(|(_, decision)| *decision))
    }
}

/// The context of what is to become stable.
const STABLE: &str = "bodhi_update_push_stable";

/// The context of what is to be tested.
const TESTING: &str = "bodhi_update_push_testing";

/// The contexts that count for an update now.
fn contexts(known: &KnownUpdate) -> Vec<String> {
    let pending = matches!(known.status, Some((Status::Pending, _)));
    let asked = known.request.as_deref() == Some("testing");
    let base = if pending && asked { TESTING } else { STABLE };
    let more = known
        .critical
        .iter()
        .map(|ending| format!("{base}{ending}"));
    std::iter::once(base.to_owned()).chain(more).collect()
}
