//! Stores what a peer has and this archive lacks.
//!
//! It is read in the form of the tables, `/raw`: with the columns of the ZeroMQ age, the agent, users and packages
//! as they were stored. That form cuts the fraction of a second off, which headers have as a rule; where they do not,
//! `/v2/search` tells it.

use std::collections::HashMap;

use archive::{Identity, NewMessage, Outcome, Writer};
use chrono::{NaiveDateTime, SubsecRound as _, Utc};
use metadata::Rules;
use pythonic::iso_time;
use serde::Deserialize;

use super::fault::Fault;
use super::part::Part;
use super::peer::{Peer, PeersForm, PeersPage};
use crate::delivery::exported;

/// So often a second is read for the time of one of its messages, at most.
const ATTEMPTS: usize = 10;

/// What became of messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filled {
    pub stored: u64,
    /// Already here, at another time of the same second.
    pub duplicates: u64,
    /// Kept as dead letters.
    pub put_aside: u64,
}

/// Stores messages.
pub struct Backfill<'a> {
    pub writer: &'a Writer,
    pub rules: &'a Rules,
    pub filled: Filled,
}

/// A message as `/v2/search` has it, as far as it tells more.
#[derive(Deserialize)]
struct Exact {
    id: Option<String>,
    headers: Headers,
}

#[derive(Deserialize)]
struct Headers {
    #[serde(rename = "sent-at")]
    sent_at: Option<serde_json::Value>,
}

impl Backfill<'_> {
    /// Stores some messages of a page, each in the form of `/raw`.
    pub fn store(
        &mut self,
        peer: &Peer,
        part: &Part,
        number: u64,
        texts: Vec<String>,
    ) -> Result<(), Fault> {
        let now = Utc::now().naive_utc().trunc_subsecs(6);
        let letter = |text: String, reason| {
            exported::dead_letter(text.into_bytes(), peer.name(), reason, now)
        };
        let (mut messages, mut origins, mut letters) = (Vec::new(), Vec::new(), Vec::new());
        for text in texts {
            match exported::decode(text.as_bytes(), now, self.rules) {
                Ok(message) => {
                    messages.push(message);
                    origins.push(text);
                }
                Err(reason) => letters.push(letter(text, reason)),
            }
        }
        if messages.iter().any(is_cut) {
            find_times(&mut messages, peer, part, number)?;
        }
        let outcomes = self.writer.store(&mut messages)?;
        for (outcome, text) in outcomes.into_iter().zip(origins) {
            match outcome {
                Outcome::Stored => self.filled.stored += 1,
                Outcome::Duplicate => self.filled.duplicates += 1,
                Outcome::Refused(reason) => letters.push(letter(text, reason)),
            }
        }
        if !letters.is_empty() {
            self.writer.put_aside(&letters)?;
            self.filled.put_aside += letters.len() as u64;
        }
        Ok(())
    }
}

/// Whether a message may have been sent at a fraction of a second that is not told.
fn is_cut(message: &NewMessage) -> bool {
    message.identity == Identity::IdAndSecond
}

/// When messages were sent, by their ids; no time where none can be read.
type Times = HashMap<String, Vec<NaiveDateTime>>;

/// Gives the messages of a page the times that they were sent at, to the microsecond. An archive that does not order
/// messages of the same second may have others on that page now: then all of the second is asked for.
fn find_times(
    messages: &mut [NewMessage],
    peer: &Peer,
    part: &Part,
    number: u64,
) -> Result<(), Fault> {
    let mut times = Times::new();
    note_times(&mut times, &peer.page(PeersForm::OnBus, part, number)?);
    for message in messages.iter().filter(|message| is_cut(message)) {
        let second = part.second(message.timestamp);
        // As pages have no order within a second, one may be on none of them.
        for _ in 0..ATTEMPTS {
            if times.contains_key(&message.msg_id) {
                break;
            }
            read_times(&mut times, peer, &second, &message.msg_id)?;
        }
    }
    complete(messages, &times);
    Ok(())
}

/// Reads the times of a second, until that of a message is found.
fn read_times(times: &mut Times, peer: &Peer, second: &Part, id: &str) -> Result<(), Fault> {
    let (mut number, mut rows, mut total) = (0, 0, 1);
    while rows < total && !times.contains_key(id) {
        number += 1;
        let page = peer.page(PeersForm::OnBus, second, number)?;
        rows += page.texts.len() as u64;
        total = if page.texts.is_empty() { 0 } else { page.total };
        note_times(times, &page);
    }
    Ok(())
}

fn note_times(times: &mut Times, page: &PeersPage) {
    for text in &page.texts {
        let Ok(exact) = serde_json::from_str::<Exact>(text) else {
            continue;
        };
        let sent_at = exact.headers.sent_at.as_ref();
        let time = sent_at.and_then(|text| iso_time::parse(text.as_str()?));
        if let Some(id) = exact.id {
            times.entry(id).or_default().extend(time);
        }
    }
}

/// Gives messages the times of their second.
fn complete(messages: &mut [NewMessage], times: &Times) {
    for message in messages.iter_mut().filter(|message| is_cut(message)) {
        let mut told = times.get(&message.msg_id).into_iter().flatten();
        if let Some(exact) = told.find(|time| time.trunc_subsecs(0) == message.timestamp) {
            message.timestamp = *exact;
            message.identity = Identity::IdAndTime;
        }
    }
}
