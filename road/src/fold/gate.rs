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
    said: BTreeMap<String, Said>,
}

/// What Bodhi says of a gate again and again, as each of its messages does.
struct Said {
    word: Word,
    /// The first message that said so; a mail, which is about something else, only until another one says so.
    first: At,
    /// The newest message that says so.
    newest: At,
    is_mail: bool,
}

impl Said {
    fn by(word: Word, at: At, is_mail: bool) -> Self {
        Self {
            word,
            first: at,
            newest: at,
            is_mail,
        }
    }

    /// Takes a word that is newer.
    fn take(&mut self, word: Word, at: At, is_mail: bool) {
        if word != self.word || (self.is_mail && !is_mail) {
            *self = Self::by(word, at, is_mail);
        } else {
            self.newest = at;
        }
    }

    /// Bodhi's word where it is newer than the `decided` ones: who said so first counts if that is newer, too.
    fn told(&self, decided: Option<At>) -> Told {
        match decided < Some(self.first) {
            true if self.first < self.newest => {
                Told::by(self.word, self.first).repeated(self.newest)
            }
            _ => Told::by(self.word, self.newest),
        }
    }
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
            let is_mail = update.happening == Happening::Mailed;
            let said = self.said.entry(update.alias.clone());
            said.and_modify(|said| said.take(word, at, is_mail))
                .or_insert_with(|| Said::by(word, at, is_mail));
        }
    }

    /// Other builds are in an update: if there was a gate, it waits again.
    pub(crate) fn changed(&mut self, alias: &str, before: Option<&KnownUpdate>, at: At) {
        let had_gate = before.is_some_and(|known| self.of_update(alias, known).word != Word::None);
        if had_gate {
            let waits = Said::by(Word::Waiting, at, false);
            self.said.insert(alias.to_owned(), waits);
        }
    }

    /// The stage `gating` of an update, which is that of each of its builds. Decisions tell why, which Bodhi does not
    /// where it repeats them.
    pub(crate) fn of_update(&self, alias: &str, known: &KnownUpdate) -> Told {
        let (told, newest) = self.decided(alias, known);
        match self.said.get(alias) {
            Some(said) if newest < Some(said.newest) => match (told.word, said.word) {
                (Word::Waived, Word::Passed) => told,
                (decided, word) if decided == word && newest.is_some() => {
                    told.repeated(said.newest)
                }
                _ => said.told(newest),
            },
            _ => told,
        }
    }

    /// Whether the stage `gating` of an update is failed whatever else was decided: what fails comes first, and Bodhi
    /// only counts when it spoke last.
    pub(crate) fn is_held(&self, alias: &str, known: &KnownUpdate) -> bool {
        let (told, newest) = self.decided(alias, known);
        let said = self.said.get(alias).map(|said| said.newest);
        told.word == Word::Failed && said <= newest
    }

    /// What was decided about an update and its builds, and the newest of these decisions.
    fn decided(&self, alias: &str, known: &KnownUpdate) -> (Told, Option<At>) {
        let contexts = contexts(known);
        let mut decided = Vec::new();
        let counts = |context: &String| contexts.contains(context);
        for ((context, product), decision) in self.updates.get(alias).into_iter().flatten() {
            let release = &known.release.product;
            if counts(context) && (release.is_empty() || product == release) {
                decided.push(*decision);
            }
        }
        for nvr in known.builds.names() {
            let about = self.builds.get(nvr).into_iter().flatten();
            decided.extend(
                about
                    .filter(|((context, _), _)| counts(context))
                    .map(|(_, word)| *word),
            );
        }
        let newest = decided.iter().map(|(_, at)| *at).max();
        (Told::least(decided), newest)
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
