//! Another archive, asked through its public API: another grepper, or the incumbent's datagrepper.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use pythonic::json::valid_json;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use service::Pace;
use ureq::Agent;
use ureq::http::{StatusCode, Uri};

use super::fault::Fault;
use super::part::Part;
use crate::backoff;

/// Messages a page, the most that peers give.
pub const ROWS: u64 = 100;
/// How often a request is sent that fails for a reason that may pass.
const TRIES: u32 = 5;
/// How often one is sent shortly after another failed for a reason that lasted: what the peer cannot read it cannot read
/// again, and this one may have the same in it.
const FEW_TRIES: u32 = 2;
/// So many requests are shortly after.
const SHORTLY: u32 = 30;
/// After so many failures in a row nothing more is asked. To find the one second of an hour that cannot be read takes
/// half as many.
const MOST_FAILURES: u32 = 40;
/// After so many in all neither: each costs as much time as some requests that are answered.
const MOST_FAILURES_IN_ALL: u32 = 500;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The longest that a busy peer is left alone at once.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Larger answers are not read, in bytes.
const LARGEST: u64 = 1 << 30;

/// A peer.
pub struct Peer {
    agent: Agent,
    /// Its address without a slash at the end.
    base: String,
    pace: RefCell<Pace>,
    /// How many requests were sent.
    requests: Cell<u64>,
    has_digests: Cell<bool>,
    failures: Cell<PeersFailures>,
}

/// Requests that have failed for good as the peer had an error of its own.
#[derive(Clone, Copy, Default)]
struct PeersFailures {
    in_a_row: u32,
    in_all: u32,
    /// How many requests are still shortly after one.
    shortly: u32,
}

impl PeersFailures {
    fn one_more(self) -> Self {
        Self {
            in_a_row: self.in_a_row + 1,
            in_all: self.in_all + 1,
            shortly: SHORTLY,
        }
    }

    fn one_answered(self) -> Self {
        Self {
            in_a_row: 0,
            shortly: self.shortly.saturating_sub(1),
            ..self
        }
    }

    fn are_too_many(self) -> bool {
        self.in_a_row >= MOST_FAILURES || self.in_all >= MOST_FAILURES_IN_ALL
    }
}

/// What is compared of a part of an archive.
#[derive(Debug, Eq, PartialEq)]
pub struct Measure {
    /// How many messages it has.
    pub total: u64,
    /// Which, if that is compared.
    pub digest: Option<String>,
}

/// A page of messages.
pub struct PeersPage {
    /// How many messages match in all.
    pub total: u64,
    /// The texts of the messages.
    pub texts: Vec<String>,
}

/// The two forms of messages.
#[derive(Clone, Copy)]
pub enum PeersForm {
    /// As they are stored, their times in whole seconds.
    Stored,
    /// As they were on the bus.
    OnBus,
}

/// How an attempt failed.
enum Mishap {
    /// It may work later; after so long, if the peer said.
    Passing(String, Option<Duration>),
    /// The peer has an error of its own, which may pass or come from what it was asked for.
    Own(String),
    Lasting(String),
}

impl Peer {
    /// `rate` is how many requests a second there may be. Does not ask yet.
    pub fn new(base: &str, rate: f64) -> Result<Self, Fault> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Uri = base
            .parse()
            .map_err(|error| Fault::Peer(format!("{base}: {error}")))?;
        // It is told in messages, in the log and with what is put aside.
        if uri
            .authority()
            .is_some_and(|authority| authority.as_str().contains('@'))
        {
            return Err(Fault::Peer(
                "the address of a peer must have no user and no password".to_owned(),
            ));
        }
        let name = concat!("nommer/", env!("CARGO_PKG_VERSION"));
        let config = client::configured(&base, name, PATIENCE)
            .map_err(|error| Fault::Peer(error.to_string()))?;
        Ok(Self {
            agent: config.build().into(),
            base,
            pace: RefCell::new(Pace::new(rate)),
            requests: Cell::new(0),
            has_digests: Cell::new(true),
            failures: Cell::default(),
        })
    }

    /// Its address, as dead letters name where they are from.
    pub fn name(&self) -> String {
        self.base.clone()
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// How many messages a part has there.
    pub fn total(&self, part: &Part) -> Result<u64, Fault> {
        #[derive(Deserialize)]
        struct Counted {
            total: u64,
        }
        let mut query = part.parameters();
        query.push(("rows_per_page", "1".to_owned()));
        let counted: Counted = self.ask("/raw", &query)?.ok_or_else(|| self.is_none())?;
        Ok(counted.total)
    }

    /// What a part of at most a day has there; `None` if the peer cannot tell.
    pub fn digest(&self, part: &Part) -> Result<Option<Measure>, Fault> {
        #[derive(Deserialize)]
        struct Told {
            total: u64,
            digest: String,
        }
        if !self.has_digests.get() {
            return Ok(None);
        }
        let told: Option<Told> = self.ask("/v2/digest", &part.parameters())?;
        self.has_digests.set(told.is_some());
        Ok(told.map(|told| Measure {
            total: told.total,
            digest: Some(told.digest),
        }))
    }

    /// A page of a part, the oldest first, from 1 on.
    pub fn page(&self, form: PeersForm, part: &Part, number: u64) -> Result<PeersPage, Fault> {
        #[derive(Deserialize)]
        struct Answered {
            total: u64,
            raw_messages: Vec<Box<RawValue>>,
        }
        let path = match form {
            PeersForm::Stored => "/raw",
            PeersForm::OnBus => "/v2/search",
        };
        let mut query = part.parameters();
        query.extend([
            ("rows_per_page", ROWS.to_string()),
            ("page", number.to_string()),
            ("order", "asc".to_owned()),
        ]);
        let page: Answered = self.ask(path, &query)?.ok_or_else(|| self.is_none())?;
        let texts = page.raw_messages.into_iter();
        Ok(PeersPage {
            total: page.total,
            texts: texts.map(|text| text.get().to_owned()).collect(),
        })
    }

    /// A message with this id, if there is one.
    pub fn message<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>, Fault> {
        self.ask("/id", &[("id", id.to_owned())])
    }

    /// What is said where there is no search.
    fn is_none(&self) -> Fault {
        Fault::Peer(format!("{}: there is no archive: 404 Not Found", self.base))
    }

    /// Asks, again after a while where that may help; `None` where there is nothing.
    fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<Option<T>, Fault> {
        let mut backoff = backoff::peer();
        let most = match self.failures.get().shortly {
            0 => TRIES,
            _ => FEW_TRIES,
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let (reason, after) = match self.attempt(path, query) {
                Ok(answer) => {
                    self.failures.set(self.failures.get().one_answered());
                    return Ok(answer);
                }
                Err(Mishap::Passing(reason, after)) if tries < TRIES => (reason, after),
                Err(Mishap::Own(reason)) if tries < most => (reason, None),
                Err(Mishap::Own(reason)) => {
                    return Err(self.failed(format!("{}{path}: {reason}", self.base)));
                }
                Err(Mishap::Passing(reason, _) | Mishap::Lasting(reason)) => {
                    return Err(Fault::Peer(format!("{}{path}: {reason}", self.base)));
                }
            };
            let pause = after.unwrap_or_else(|| backoff.pause()).min(LONGEST_PAUSE);
            tracing::info!(reason, ?pause, "the peer is asked again");
            std::thread::sleep(pause);
        }
    }

    /// What a failure comes to that lasted: the peer may fail at this alone, or at everything, which the first in a row
    /// finds out.
    fn failed(&self, reason: String) -> Fault {
        let failures = self.failures.get().one_more();
        self.failures.set(failures);
        if failures.are_too_many() {
            let PeersFailures {
                in_a_row, in_all, ..
            } = failures;
            return Fault::Peer(format!(
                "{reason}: given up after {in_all} requests at which it failed, the last {in_a_row} in a row"
            ));
        }
        let fails_always = failures.in_a_row == 1 && {
            let second = NaiveDateTime::default();
            let nothing = Part::all(second, second + TimeDelta::seconds(1)).parameters();
            matches!(
                self.attempt::<IgnoredAny>("/raw", &nothing),
                Err(Mishap::Own(_))
            )
        };
        match fails_always {
            true => Fault::Peer(format!("{reason}, as to a search that finds nothing")),
            false => Fault::Unread(reason),
        }
    }

    fn attempt<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&'static str, String)],
    ) -> Result<Option<T>, Mishap> {
        std::thread::sleep(self.pace.borrow_mut().pause());
        self.requests.set(self.requests.get() + 1);
        let pairs = query.iter().map(|(name, value)| (*name, value.as_str()));
        let request = self.agent.get(format!("{}{path}", self.base));
        let passing = |error: ureq::Error| match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Mishap::Lasting(error.to_string()),
            _ => Mishap::Passing(error.to_string(), None),
        };
        let request = request.header("Accept", "application/json");
        let mut response = request.query_pairs(pairs).call().map_err(passing)?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if !status.is_success() {
            let after = response.headers().get("retry-after");
            let after = after.and_then(|said| client::retry_after(said.to_str().ok()?));
            return Err(match status.as_u16() {
                500 => Mishap::Own(status.to_string()),
                429 | 500.. => Mishap::Passing(status.to_string(), after),
                _ => Mishap::Lasting(status.to_string()),
            });
        }
        let body = response.body_mut().with_config().limit(LARGEST);
        let text = body.read_to_string().map_err(passing)?;
        let not_understood = |error: &dyn std::fmt::Display| {
            Mishap::Passing(format!("its answer is not understood: {error}"), None)
        };
        // The incumbent writes `NaN`.
        let json = valid_json(&text).map_err(|error| not_understood(&error))?;
        let answer = serde_json::from_str(&json).map_err(|error| not_understood(&error))?;
        Ok(Some(answer))
    }
}
