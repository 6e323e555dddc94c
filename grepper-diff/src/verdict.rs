//! What becomes of a question that is put to both services.

use std::time::Duration;

use crate::asking::answer::{Answer, Reply, Silence};
use crate::asking::client::Client;
use crate::asking::pace::Pace;
use crate::comparison::lists;
use crate::comparison::page::IDS;
use crate::comparison::spot::{Case, Spot};
use crate::comparison::{STATUS, spots};
use crate::kinds;
use crate::kinds::kind::{Kind, Targets};
use crate::question::{Method, Question};
use crate::target::Endpoint;

/// What has more pages, of 100 messages each, is not asked for whole.
const MOST_PAGES: u32 = 50;

/// Both services, and how fast they are asked.
pub struct Services {
    pub old: Client,
    pub new: Client,
    pub pace: Pace,
}

/// How the answers compare.
pub enum Verdict {
    /// They are equal; `settled` if they were not the first time.
    Equal { settled: bool },
    /// They differ in known ways.
    Known(Vec<&'static Kind>),
    /// They differ in other ways, too.
    Different(Box<Unknown>),
    /// It would harm the old service.
    NotAsked(&'static Kind),
    /// It was time to stop.
    Stopped,
}

/// A difference that is not known.
pub struct Unknown {
    /// What was asked when it was seen: the question, or the same in other words.
    pub question: Question,
    pub spots: Vec<Spot>,
    pub old: Answer,
    pub new: Answer,
    /// What would have had to be asked to prove that it is known, and has too many messages for that.
    pub too_large: Option<Question>,
}

/// How long both took for their first answers, where both had some.
pub type Took = Option<(Duration, Duration)>;

impl Services {
    /// Asks until it is clear how the answers compare.
    pub fn judge(&self, question: &Question) -> (Verdict, Took) {
        if let Some(kind) = kinds::harmful(&question.target) {
            return (Verdict::NotAsked(kind), None);
        }
        let Ok(first) = self.ask(question) else {
            return (Verdict::Stopped, None);
        };
        let took = first.took();
        let settled = self.settle(question, &first);
        (settled.unwrap_or(Verdict::Stopped), took)
    }

    fn settle(&self, question: &Question, first: &Pair) -> Result<Verdict, ToldToStop> {
        if let Some(verdict) = first.verdict(question, false) {
            return Ok(verdict);
        }
        // An archive that lives may have got a message between the two.
        let second = self.ask(question)?;
        if let Some(verdict) = second.verdict(question, true) {
            return Ok(verdict);
        }
        let mut too_large = None;
        let otherwise = self.ask_otherwise(question, &second, &mut too_large)?;
        let mut verdict = otherwise.unwrap_or_else(|| second.unknown(question));
        if let (Verdict::Different(unknown), Some(_)) = (&mut verdict, &too_large) {
            unknown.too_large = too_large;
        }
        Ok(verdict)
    }

    /// What is found by asking in another way, where there is one.
    fn ask_otherwise(
        &self,
        question: &Question,
        pair: &Pair,
        too_large: &mut Option<Question>,
    ) -> Result<Option<Verdict>, ToldToStop> {
        let case = Case::new(question, &pair.old, &pair.new);
        if question.target.endpoint() == Endpoint::Count && question.method == Method::Get {
            let grows = self.grows(question, pair)?;
            return Ok(grows.then_some(Verdict::Equal { settled: true }));
        }
        if spots(&case).iter().any(|spot| spot.place == IDS) {
            return self.as_data(question);
        }
        let plain = Targets::both(question.target.clone());
        if let Some(known) = self.completed(&case, &plain, too_large)? {
            return Ok(Some(Verdict::Known(known)));
        }
        let Some((targets, mut kinds)) = kinds::rephrased(&case) else {
            return Ok(None);
        };
        let asked = question.of(targets.new.clone());
        let pair = self.ask_each(&question.of(targets.old.clone()), &asked)?;
        let case = Case::new(&asked, &pair.old, &pair.new);
        // Who fails here proves nothing; but where datagrepper is known to fail at what was meant, nothing can be compared with.
        let known = if pair.old.status == pair.new.status || pair.new.status == 200 {
            self.completed(&case, &targets, too_large)?
        } else {
            None
        };
        let Some(known) = known else {
            let (_, unknown) = differing(&case, &targets);
            return Ok(Some(pair.different(&asked, unknown)));
        };
        kinds.extend(known);
        Ok(Some(Verdict::Known(unique(kinds))))
    }

    /// The kinds that explain all differences of a pair, if need be by further questions; `None` if something is left.
    fn completed(
        &self,
        case: &Case,
        targets: &Targets,
        too_large: &mut Option<Question>,
    ) -> Result<Option<Vec<&'static Kind>>, ToldToStop> {
        let (mut known, unknown) = differing(case, targets);
        if unknown.is_empty() {
            return Ok(Some(known));
        }
        let Some(completion) = kinds::completed(case, targets, &unknown) else {
            return Ok(None);
        };
        let mut asked = Vec::new();
        for part in &completion.parts {
            let [old, new] = [&part.old, &part.new].map(|target| case.question.of(target.clone()));
            match self.ask_whole(&old, &new)? {
                Whole::Read(pair) => asked.push((new, pair)),
                Whole::TooLarge => {
                    *too_large = Some(new);
                    return Ok(None);
                }
                Whole::Broken => return Ok(None),
            }
        }
        let cases = asked
            .iter()
            .map(|(question, pair)| Case::new(question, &pair.old, &pair.new));
        let cases: Vec<Case> = cases.collect();
        for (case, part) in cases.iter().zip(&completion.parts) {
            let (more, unknown) = differing(case, part);
            if !unknown.is_empty() || case.old.status != case.new.status {
                return Ok(None);
            }
            known.extend(more);
        }
        if !(completion.proof.shows)(case, &cases) {
            return Ok(None);
        }
        known.push(completion.kind);
        Ok(Some(unique(known)))
    }

    /// All pages, put together.
    fn ask_whole(&self, old: &Question, new: &Question) -> Result<Whole, ToldToStop> {
        let first = self.ask_each(old, new)?;
        let pages = match (first.old.pages(), first.new.pages()) {
            (Some(before), Some(after)) if before == after && after > 1 => after,
            // There is only this one, or the difference can be seen in it.
            _ => return Ok(Whole::Read(first)),
        };
        if pages > MOST_PAGES {
            return Ok(Whole::TooLarge);
        }
        let (mut before, mut after) = (vec![first.old], vec![first.new]);
        for page in 2..=pages {
            let next =
                |question: &Question| question.of(question.target.with("page", &page.to_string()));
            let pair = self.ask_each(&next(old), &next(new))?;
            before.push(pair.old);
            after.push(pair.new);
        }
        let joined = lists::joined(&before).zip(lists::joined(&after));
        Ok(joined.map_or(Whole::Broken, |(old, new)| Whole::Read(Pair { old, new })))
    }

    /// A page shows the messages that the data has: those tell more.
    fn as_data(&self, question: &Question) -> Result<Option<Verdict>, ToldToStop> {
        let data = Question {
            accept: Some("application/json".to_owned()),
            target: question.target.without("chrome").without("size"),
            ..question.clone()
        };
        let pair = self.ask(&data)?;
        Ok(match self.settle(&data, &pair)? {
            // Then it is the page that is wrong.
            Verdict::Equal { .. } => None,
            verdict => Some(verdict),
        })
    }

    /// Whether the new count lies between two of the old.
    fn grows(&self, question: &Question, pair: &Pair) -> Result<bool, ToldToStop> {
        let after = self.ask(question)?.old;
        let count = |answer: &Answer| answer.json()?.1.get("messagecount")?.number();
        let counts = [&pair.old, &pair.new, &after].map(count);
        Ok(
            matches!(counts, [Some(before), Some(new), Some(after)] if before <= new && new <= after),
        )
    }

    fn ask(&self, question: &Question) -> Result<Pair, ToldToStop> {
        self.ask_each(question, question)
    }

    fn ask_each(&self, old: &Question, new: &Question) -> Result<Pair, ToldToStop> {
        if !self.pace.turn() {
            return Err(ToldToStop);
        }
        Ok(Pair {
            old: answered(self.old.ask(old, &self.pace)),
            new: answered(self.new.ask(new, &self.pace)),
        })
    }
}

/// There is no time for another question.
struct ToldToStop;

/// All pages of something.
enum Whole {
    Read(Pair),
    /// They are more than are read.
    TooLarge,
    /// One of them is none.
    Broken,
}

/// Both answers.
struct Pair {
    old: Answer,
    new: Answer,
}

impl Pair {
    /// Unless there is a difference that is not known.
    fn verdict(&self, question: &Question, settled: bool) -> Option<Verdict> {
        let case = Case::new(question, &self.old, &self.new);
        let (known, unknown) = explained(&case, spots(&case));
        if !unknown.is_empty() {
            return None;
        }
        Some(if known.is_empty() {
            Verdict::Equal { settled }
        } else {
            Verdict::Known(known)
        })
    }

    fn unknown(self, question: &Question) -> Verdict {
        let case = Case::new(question, &self.old, &self.new);
        let (_, unknown) = explained(&case, spots(&case));
        self.different(question, unknown)
    }

    fn different(self, question: &Question, mut spots: Vec<Spot>) -> Verdict {
        if spots.is_empty() {
            spots = vec![Spot::new(STATUS, None, None)];
        }
        Verdict::Different(Box::new(Unknown {
            question: question.clone(),
            spots,
            old: self.old,
            new: self.new,
            too_large: None,
        }))
    }

    fn took(&self) -> Took {
        let said = |answer: &Answer| !answer.headers.is_empty();
        (said(&self.old) && said(&self.new)).then_some((self.old.took, self.new.took))
    }
}

/// Of a service that says nothing, what a proxy before it would say: 504, and why.
fn answered(reply: Reply) -> Answer {
    reply.unwrap_or_else(|Silence { why, took }| Answer {
        status: 504,
        body: format!("no answer: {why}"),
        took,
        ..Answer::default()
    })
}

/// The kinds of the places that are known, and the others; what each was asked is no difference of answers.
fn differing(case: &Case, targets: &Targets) -> (Vec<&'static Kind>, Vec<Spot>) {
    let mut found = spots(case);
    found
        .retain(|spot| targets.old == targets.new || !spot.place.starts_with("arguments.contains"));
    explained(case, found)
}

/// The kinds of the places that are known, and the others.
pub fn explained(case: &Case, found: Vec<Spot>) -> (Vec<&'static Kind>, Vec<Spot>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for spot in found {
        match kinds::explaining(case, &spot) {
            Some(kind) => known.push(kind),
            None => unknown.push(spot),
        }
    }
    (unique(known), unknown)
}

fn unique(kinds: Vec<&'static Kind>) -> Vec<&'static Kind> {
    let mut unique: Vec<&'static Kind> = Vec::new();
    for kind in kinds {
        if !unique.iter().any(|known| known.id == kind.id) {
            unique.push(kind);
        }
    }
    unique
}
