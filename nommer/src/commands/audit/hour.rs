//! Compares which messages two archives have in an hour, or in a part of one.

use std::collections::{BTreeSet, HashMap, HashSet};

use archive::{Dimension, Reader, StoreError};
use pythonic::timestamp::from_seconds;

use super::backfill::Backfill;
use super::fault::Fault;
use super::gaps::{Gaps, Key};
use super::part::Part;
use super::peer::{Peer, PeersForm, PeersPage};
use super::put_aside::PutAside;
use super::receipts::{Head, Receipts};

/// Messages are read by so many here.
const STEP: u32 = 1000;
/// So often a second is read that fills several pages, at most, until all of it was seen.
const ATTEMPTS: usize = 10;

/// The messages of a part here.
#[derive(Default)]
pub struct Known {
    /// Topic and category of each message that has an id.
    keys: HashMap<Key, (String, String)>,
    /// How many messages there are.
    pub messages: u64,
}

/// What is missing of a part.
#[derive(Default)]
pub struct Found {
    /// What is missing here.
    pub here: Gaps,
    /// What is missing there.
    pub there: Gaps,
    /// What is here as dead letters.
    pub put_aside: Gaps,
    /// What is in both, at another time each.
    pub received: HashSet<Key>,
    /// Seconds of which the peer can tell nothing, and why.
    pub unread: Vec<(Part, String)>,
    /// How many messages there are at the peer.
    pub total: u64,
}

/// What is done with messages of the peer's that seem to be missing here.
pub struct Doubtful<'a, 'b> {
    pub receipts: &'a mut Receipts<'b>,
    pub put_aside: &'a mut PutAside<'b>,
    /// What stores them, if that is wanted.
    pub backfill: Option<&'a mut Backfill<'b>>,
}

impl Found {
    /// Whether the peer can tell nothing of this second.
    fn is_unread(&self, second: i64) -> bool {
        let holds = |(part, _): &(Part, String)| {
            let [from, to] = [part.from, part.to].map(|at| at.and_utc().timestamp());
            (from..to.max(from + 1)).contains(&second)
        };
        self.unread.iter().any(holds)
    }
}

/// The messages of a part here.
pub fn known(reader: &Reader, part: &Part) -> Result<Known, StoreError> {
    let search = part.search();
    let mut known = Known::default();
    let mut walk = reader.walk(&search, None).leaving_out();
    loop {
        let step = walk.step(STEP)?;
        if step.is_empty() {
            return Ok(known);
        }
        known.messages += step.len() as u64;
        for message in step {
            let second = message.timestamp.and_utc().timestamp();
            if let Some(id) = message.msg_id {
                let names = (message.topic, message.category);
                known.keys.insert(Key { id, second }, names);
            }
        }
    }
}

/// The topics or categories of messages, each once.
pub fn names(known: &Known, dimension: Dimension) -> Vec<String> {
    let name = |(topic, category): &(String, String)| match dimension {
        Dimension::Topics => topic.clone(),
        _ => category.clone(),
    };
    let names: BTreeSet<String> = known.keys.values().map(name).collect();
    names.into_iter().collect()
}

/// Compares what is here with what the peer has, and stores what is missing here if that is wanted.
pub fn compare(
    peer: &Peer,
    part: &Part,
    ours: Known,
    mut doubtful: Doubtful<'_, '_>,
) -> Result<Found, Fault> {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    read(peer, part, &ours, &mut doubtful, &mut seen, &mut found)?;
    let unseen =
        |(key, _): &(&Key, &(String, String))| !seen.contains(*key) && !found.is_unread(key.second);
    let not_there: Vec<(&Key, &(String, String))> = ours.keys.iter().filter(unseen).collect();
    let received = doubtful
        .receipts
        .there(not_there.iter().map(|(key, _)| *key))?;
    for (key, (topic, _)) in not_there {
        if !received.contains(key) {
            found.there.note(topic, key.clone());
        }
    }
    found.received.extend(received);
    Ok(found)
}

/// Reads a part of the peer's. An archive that does not order messages of the same moment may skip some where a page ends:
/// then the part is read again in halves, and a second that fills several pages some more times. So is a part at which the
/// peer fails, as an incumbent does at a row that it cannot write: all but that row's second is compared.
fn read(
    peer: &Peer,
    part: &Part,
    ours: &Known,
    doubtful: &mut Doubtful<'_, '_>,
    seen: &mut HashSet<Key>,
    found: &mut Found,
) -> Result<(), Fault> {
    let mut gathered = Gathered::default();
    for _ in 0..ATTEMPTS {
        let unread = match gathered.read(peer, part, ours, doubtful, found) {
            Ok(()) => None,
            Err(Fault::Unread(reason)) => Some(reason),
            Err(fault) => return Err(fault),
        };
        if unread.is_none() && gathered.is_whole() {
            break;
        }
        if let Some(halves) = part.halves() {
            seen.extend(gathered.distinct);
            return halves
                .iter()
                .try_for_each(|half| read(peer, half, ours, doubtful, seen, found));
        }
        if let Some(reason) = unread {
            found.unread.push((part.clone(), reason));
            return Ok(());
        }
    }
    let Gathered { rows, total, .. } = gathered;
    if rows != total {
        return Err(Fault::Peer(format!(
            "the peer's answers do not fit each other: {total} messages from {} on, of which it gives {rows}",
            part.from
        )));
    }
    seen.extend(gathered.distinct);
    found.total += total;
    Ok(())
}

/// What was gathered of a part at a peer.
#[derive(Default)]
struct Gathered {
    /// How many messages it says there are.
    total: u64,
    /// How many it gave the last time that it was read, and on how many pages.
    rows: u64,
    pages: u64,
    /// How many of these have no id, by which they could be told apart.
    nameless: u64,
    /// The others of all times that it was read.
    distinct: HashSet<Key>,
}

impl Gathered {
    /// Reads a part, page after page, however many messages the peer gives on one.
    fn read(
        &mut self,
        peer: &Peer,
        part: &Part,
        ours: &Known,
        doubtful: &mut Doubtful<'_, '_>,
        found: &mut Found,
    ) -> Result<(), Fault> {
        (self.rows, self.pages, self.nameless) = (0, 0, 0);
        while self.pages == 0 || self.rows < self.total {
            self.pages += 1;
            let page = peer.page(PeersForm::Stored, part, self.pages)?;
            self.total = page.total;
            self.rows += page.texts.len() as u64;
            if page.texts.is_empty() {
                break;
            }
            let missing = self.missing(page, ours, doubtful, found)?;
            if let Some(backfill) = &mut doubtful.backfill
                && !missing.is_empty()
            {
                backfill.store(peer, part, self.pages, missing)?;
            }
        }
        Ok(())
    }

    /// Whether nothing was skipped where pages end.
    fn is_whole(&self) -> bool {
        let known = self.distinct.len() as u64 + self.nameless;
        self.rows == self.total && (self.pages <= 1 || known == self.total)
    }

    /// The texts of a page's messages that are not here, of those that have an id.
    fn missing(
        &mut self,
        page: PeersPage,
        ours: &Known,
        doubtful: &mut Doubtful<'_, '_>,
        found: &mut Found,
    ) -> Result<Vec<String>, Fault> {
        let mut not_here = Vec::new();
        for text in page.texts {
            let Some((head, key)) = identified(&text)? else {
                self.nameless += 1;
                continue;
            };
            self.distinct.insert(key.clone());
            if !ours.keys.contains_key(&key) {
                not_here.push((head, key, text));
            }
        }
        let untimed = not_here.iter().filter(|(head, ..)| head.is_untimed());
        found
            .received
            .extend(doubtful.receipts.here(untimed.map(|(_, key, _)| key))?);
        let mut missing = Vec::new();
        for (head, key, text) in not_here {
            if found.received.contains(&key) {
                continue;
            }
            if let Some(number) = doubtful.put_aside.number(&key)? {
                found.put_aside.note_letter(&head.topic, key, number);
            } else if found.here.note(&head.topic, key) {
                // What is read again, on another page or in a half, was asked for already.
                missing.push(text);
            }
        }
        Ok(missing)
    }
}

/// A message in the form of `/raw`, and by what it is known; `None` if it has no id.
fn identified(text: &str) -> Result<Option<(Head, Key)>, Fault> {
    let head: Head = serde_json::from_str(text).map_err(|error| {
        Fault::Peer(format!("a message of the peer is not understood: {error}"))
    })?;
    let second = from_seconds(head.timestamp).map(|time| time.and_utc().timestamp());
    let second = second.ok_or_else(|| {
        Fault::Peer(format!(
            "a message of the peer was sent at {}",
            head.timestamp
        ))
    })?;
    let id = head.msg_id.clone();
    Ok(id.map(|id| (head, Key { id, second })))
}
