//! Messages whose sender gave no time: each archive has received them at its own.

use std::collections::{HashMap, HashSet};

use archive::{Message, Reader};
use serde::Deserialize;

use super::fault::Fault;
use super::gaps::Key;
use super::peer::Peer;

/// How far apart two archives may receive one message, in seconds: it waits in the queue of one that is away.
const APART: u64 = 86_400;
/// So many messages of ours are read at once, with their bodies.
const AT_ONCE: usize = 100;
/// So many ids are remembered, lest they are asked for again.
const MOST_KNOWN: usize = 100_000;

/// A message as `/raw` and `/id` have it, as far as it is compared.
#[derive(Deserialize)]
pub struct Head {
    pub msg_id: Option<String>,
    pub timestamp: f64,
    pub topic: String,
    /// Nothing in the ZeroMQ age, which had times in another place.
    headers: Option<SentAt>,
}

/// What headers say of time.
#[derive(Deserialize)]
struct SentAt {
    #[serde(rename = "sent-at")]
    sent_at: Option<serde_json::Value>,
}

/// Finds out which messages are in both archives at different times.
pub struct Receipts<'a> {
    reader: &'a Reader,
    peer: &'a Peer,
    known: HashSet<String>,
}

impl Head {
    /// Whether it has the time at which its archive received it.
    pub fn is_untimed(&self) -> bool {
        self.headers.as_ref().is_some_and(SentAt::are_none)
    }
}

impl SentAt {
    fn are_none(&self) -> bool {
        use serde_json::Value;
        match &self.sent_at {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
        }
    }
}

impl<'a> Receipts<'a> {
    pub fn new(reader: &'a Reader, peer: &'a Peer) -> Self {
        let known = HashSet::new();
        Self {
            reader,
            peer,
            known,
        }
    }

    /// Which of the peer's messages, all without a sender's time, are here at other times.
    pub fn here<'k>(
        &mut self,
        keys: impl Iterator<Item = &'k Key> + Clone,
    ) -> Result<HashSet<Key>, Fault> {
        let ours = self.ours(keys.clone())?;
        let mut here = HashSet::new();
        for key in keys {
            let second = ours.get(&key.id);
            if second.is_some_and(|second| are_near(*second, key.second)) {
                self.note(&key.id);
                here.insert(key.clone());
            }
        }
        Ok(here)
    }

    /// Which messages that are here, of those whose sender gave no time, are at the peer at other times. It is asked for
    /// each that was not met there before.
    pub fn there<'k>(
        &mut self,
        keys: impl Iterator<Item = &'k Key> + Clone,
    ) -> Result<HashSet<Key>, Fault> {
        let ours = self.ours(keys.clone())?;
        let mut there = HashSet::new();
        for key in keys.filter(|key| ours.get(&key.id) == Some(&key.second)) {
            if self.known.contains(&key.id) || self.is_there(key)? {
                self.note(&key.id);
                there.insert(key.clone());
            }
        }
        Ok(there)
    }

    fn is_there(&self, key: &Key) -> Result<bool, Fault> {
        let head = self.peer.message::<Head>(&key.id)?;
        let untimed = head.filter(Head::is_untimed);
        Ok(untimed.is_some_and(|head| are_near(head.timestamp.floor() as i64, key.second)))
    }

    /// The second of the newest message of each id here, if its sender gave no time. Of several, the others are told
    /// as missing where they are: nobody says which goes with which.
    fn ours<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Result<HashMap<String, i64>, Fault> {
        let ids: Vec<String> = keys.map(|key| key.id.clone()).collect();
        let mut ours = HashMap::new();
        for ids in ids.chunks(AT_ONCE) {
            let found = self.reader.find_all(ids)?.into_iter();
            for message in found.filter(is_untimed) {
                let second = message.timestamp.and_utc().timestamp();
                ours.extend(message.msg_id.map(|id| (id, second)));
            }
        }
        Ok(ours)
    }

    fn note(&mut self, id: &str) {
        if self.known.len() >= MOST_KNOWN {
            self.known.clear();
        }
        self.known.insert(id.to_owned());
    }
}

fn is_untimed(message: &Message) -> bool {
    let headers = message.headers.as_ref();
    let times = headers.map(|headers| serde_json::from_str::<SentAt>(headers.as_str()));
    times.is_some_and(|times| times.is_ok_and(|times| times.are_none()))
}

/// Whether one message may have been received at both seconds, which differ.
fn are_near(second: i64, other: i64) -> bool {
    (1..=APART).contains(&second.abs_diff(other))
}
