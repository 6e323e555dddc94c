//! What has come of all questions so far.

use std::collections::BTreeMap;
use std::time::Duration;

use indexmap::IndexMap;

use crate::address::Address;
use crate::comparison::amount::{More, more};
use crate::comparison::spot::Spot;
use crate::intake::gather::Counts;
use crate::kinds::KINDS;
use crate::kinds::kind::Kind;
use crate::question::Wanted;
use crate::report::excerpt;
use crate::report::latency::Latency;
use crate::settings::Setting;
use crate::verdict::{Took, Unknown, Verdict};
use crate::window::Window;

/// Places that are told of one example.
const PLACES: usize = 4;

/// What was asked, of whom, and how.
pub struct About {
    pub old: Address,
    pub new: Address,
    pub counts: Counts,
    /// Of how many requests the time was put.
    pub frozen: u64,
    /// `None` where times stay as they came.
    pub window: Option<Window>,
    pub settings: Vec<Setting>,
    /// How many examples of an unknown difference are kept.
    pub examples: usize,
}

/// All that the report tells.
pub struct Tally {
    pub about: About,
    pub equal: u64,
    /// Of the equal ones, how many were not at first.
    pub settled: u64,
    /// How many requests differ in known ways only.
    pub known: u64,
    pub different: u64,
    pub not_asked: u64,
    /// By the name of the kind.
    pub kinds: IndexMap<&'static str, Seen>,
    /// By endpoint and place.
    pub unknown: IndexMap<String, Group>,
    /// How many requests differ in nothing but how many messages there are, by who has more.
    pub amounts: BTreeMap<More, u64>,
    /// How many requests were not looked at to the end, as that would have taken too many messages, and what the first of
    /// them lacked.
    pub too_large: Option<(u64, String)>,
    pub latency: Latency,
    /// Whether it was stopped before the end.
    pub stopped: bool,
    pub took: Duration,
}

/// How often a known difference was seen.
pub struct Seen {
    pub requests: u64,
    /// How often these requests were in the log.
    pub times: u64,
    /// The first of them.
    pub example: String,
}

/// An unknown difference in a place.
#[derive(Default)]
pub struct Group {
    pub requests: u64,
    pub times: u64,
    pub examples: Vec<Example>,
}

/// A request and what both answered.
pub struct Example {
    /// As it came.
    pub request: String,
    /// Where the answers differ, with what the old one and the new one have there.
    pub places: Vec<(String, String, String)>,
    /// How many places are not told.
    pub more: usize,
    /// What shows it.
    pub curl: [String; 2],
}

impl Tally {
    /// Of nothing yet.
    pub fn new(about: About) -> Self {
        Self {
            about,
            equal: 0,
            settled: 0,
            known: 0,
            different: 0,
            not_asked: 0,
            kinds: IndexMap::new(),
            unknown: IndexMap::new(),
            amounts: BTreeMap::new(),
            too_large: None,
            latency: Latency::default(),
            stopped: false,
            took: Duration::ZERO,
        }
    }

    /// Whether nothing differs in unknown ways.
    pub fn is_clean(&self) -> bool {
        self.different == 0 && self.about.settings.is_empty()
    }

    /// What the command lines of examples lack.
    pub fn curl_lacks(&self) -> Option<String> {
        let both = [(&self.about.old, "old"), (&self.about.new, "new")];
        let with_user = both
            .iter()
            .filter(|(address, _)| address.authorization.is_some());
        let names: Vec<&str> = with_user.map(|(_, name)| *name).collect();
        let has_examples = self
            .unknown
            .values()
            .any(|group| !group.examples.is_empty());
        (has_examples && !names.is_empty()).then(|| {
            format!(
                "curl asks the {} service without the user and the password of its address: add -u USER, and it asks for the password.",
                names.join(" and the ")
            )
        })
    }

    /// What was not looked at to the end, in words.
    pub fn not_looked_at(&self) -> Option<String> {
        let (requests, example) = self.too_large.as_ref()?;
        Some(format!(
            "Of these, {requests} were not looked at to the end: what would prove them known or not has more than 5,000 messages, \
             such as {example}. Whether both archives have the same messages of that time is told by `nommer audit --peer --by ids`."
        ))
    }

    /// How many requests were asked to the end.
    pub fn asked(&self) -> u64 {
        self.equal + self.known + self.different
    }

    /// The kinds that were seen, in the order of their table.
    pub fn seen(&self) -> impl Iterator<Item = (&'static Kind, &Seen)> {
        KINDS
            .iter()
            .filter_map(|kind| Some((kind, self.kinds.get(kind.id)?)))
    }

    /// What is told while it goes on.
    pub fn in_a_word(&self) -> String {
        format!("{} differ otherwise than known", self.different)
    }

    /// Takes in what came of a question.
    pub fn add(&mut self, wanted: &Wanted, verdict: Verdict, took: Took) {
        if let Some((old, new)) = took {
            self.latency.add(old, new);
        }
        match verdict {
            Verdict::Stopped => {}
            Verdict::Equal { settled } => {
                self.equal += 1;
                self.settled += u64::from(settled);
            }
            Verdict::Known(kinds) => {
                self.known += 1;
                for kind in kinds {
                    self.see(kind, wanted);
                }
            }
            Verdict::NotAsked(kind) => {
                self.not_asked += 1;
                self.see(kind, wanted);
            }
            Verdict::Different(unknown) => {
                self.different += 1;
                self.keep(wanted, &unknown);
            }
        }
    }

    fn see(&mut self, kind: &'static Kind, wanted: &Wanted) {
        let seen = self.kinds.entry(kind.id).or_insert_with(|| Seen {
            requests: 0,
            times: 0,
            example: wanted.question.to_string(),
        });
        seen.requests += 1;
        seen.times += wanted.times;
    }

    fn keep(&mut self, wanted: &Wanted, unknown: &Unknown) {
        if let Some(more) = more(&unknown.spots) {
            *self.amounts.entry(more).or_default() += 1;
        }
        if let Some(question) = &unknown.too_large {
            let first = || (0, question.to_string());
            self.too_large.get_or_insert_with(first).0 += 1;
        }
        let place = unknown.spots.first().map(Spot::shape).unwrap_or_default();
        let path = wanted
            .question
            .target
            .path
            .trim_start_matches('/')
            .trim_end_matches('/');
        let name = format!("{} /{path}: {place}", wanted.question.method.word());
        let (examples, bases) = (
            self.about.examples,
            [&self.about.old.base, &self.about.new.base],
        );
        let group = self.unknown.entry(name).or_default();
        group.requests += 1;
        group.times += wanted.times;
        if group.examples.len() < examples {
            group.examples.push(example(wanted, unknown, bases));
        }
    }
}

fn example(wanted: &Wanted, unknown: &Unknown, bases: [&String; 2]) -> Example {
    let told = unknown.spots.iter().take(PLACES).map(|spot| {
        let (old, new) = excerpt::both(spot, &unknown.old, &unknown.new);
        (spot.place.clone(), old, new)
    });
    Example {
        request: wanted.question.to_string(),
        places: told.collect(),
        more: unknown.spots.len().saturating_sub(PLACES),
        curl: bases.map(|base| unknown.question.curl(base)),
    }
}
