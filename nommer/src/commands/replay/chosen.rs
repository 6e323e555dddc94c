//! The messages to publish again, a few at a time.

use archive::{Message, Reader, Search, StoreError, Walk};

use super::options::ReplayOptions;
use crate::commands::text::harmless;

/// At most so many messages are in memory at once, and one whose body or headers are large.
const PAGE: u32 = 500;

/// What was chosen, and how many messages that is.
pub struct Chosen<'a> {
    /// How many messages, `--limit` considered.
    pub messages: u64,
    /// Ids that somebody gave and no message has.
    missing: Vec<String>,
    reader: &'a Reader,
    supply: Supply<'a>,
    left: u64,
}

enum Supply<'a> {
    Search(Box<Walk<'a>>),
    /// By their ids, the last one first.
    Ids(Vec<Message>),
}

impl<'a> Chosen<'a> {
    /// Those that are there now; `None` if there are none.
    pub fn of(
        reader: &'a Reader,
        search: &'a Search,
        asked: &ReplayOptions,
    ) -> Result<Option<Self>, StoreError> {
        let (matching, supply, missing) = if asked.id.is_empty() {
            let Some(extent) = reader.extent(search, asked.after)? else {
                return Ok(None);
            };
            let walk = reader.walk(search, asked.after).up_to(extent.last);
            (
                extent.messages,
                Supply::Search(Box::new(walk.leaving_out())),
                Vec::new(),
            )
        } else {
            let messages = with_ids(reader, &asked.id)?;
            let missing = missing(&asked.id, &messages);
            (messages.len() as u64, Supply::Ids(messages), missing)
        };
        let messages = asked.at_most(matching);
        Ok(Some(Self {
            messages,
            missing,
            reader,
            supply,
            left: messages,
        }))
    }

    /// What is wrong with the ids that were given; `None` if each is a message's.
    pub fn complaint(&self) -> Option<String> {
        let ids = match &self.missing[..] {
            [] => return None,
            [id] => format!("is no message {id}"),
            ids => format!("are no messages {}", ids.join(", ")),
        };
        Some(harmless(&format!("there {ids}")))
    }

    /// The next messages, of which large ones are not complete; none at the end.
    pub fn step(&mut self) -> Result<Vec<Message>, StoreError> {
        let most = u32::try_from(self.left).unwrap_or(PAGE).min(PAGE);
        let messages = match &mut self.supply {
            _ if most == 0 => Vec::new(),
            Supply::Search(walk) => walk.step(most)?,
            Supply::Ids(messages) => messages.pop().into_iter().collect(),
        };
        self.left -= messages.len() as u64;
        Ok(messages)
    }

    /// Makes a message complete; answers whether it is still there.
    pub fn complete(&self, message: &mut Message) -> Result<bool, StoreError> {
        self.reader.complete(message)
    }
}

/// The newest message with each of these ids, the last one first.
fn with_ids(reader: &Reader, ids: &[String]) -> Result<Vec<Message>, StoreError> {
    let mut messages = reader.find_all(ids)?;
    messages.sort_by_key(|message| std::cmp::Reverse(message.position()));
    messages.dedup_by_key(|message| message.position());
    Ok(messages)
}

/// The ids, each once, that none of these messages has.
fn missing(ids: &[String], messages: &[Message]) -> Vec<String> {
    let found = |id: &String| {
        let mut known = messages.iter();
        known.any(|message| message.msg_id.as_ref() == Some(id))
    };
    let mut missing: Vec<String> = Vec::new();
    for id in ids {
        if !found(id) && !missing.contains(id) {
            missing.push(id.clone());
        }
    }
    missing
}
