//! A message as the archive has it, and what is read of it once.

use chrono::NaiveDateTime;
use serde_json::Value;

use crate::event::Event;
use crate::reading::read;
use crate::topic::Topic;

/// A message of the archive.
#[derive(Clone, Debug)]
pub struct Message {
    /// Identifies the message; one that comes twice counts once.
    pub id: String,
    /// Says which of two messages of the same time came first: the archive's own number.
    pub number: i64,
    /// When it was sent or, where the sender did not say, when it came; UTC.
    pub time: NaiveDateTime,
    /// The whole topic.
    pub topic: String,
    /// The body; `Null` for one that is no JSON.
    pub body: Value,
}

/// Where a message stands in the order of all: by time, and then by arrival. Times have seconds only, and koji takes a
/// build out of a tag and puts it in again within one, in this order: so whatever leaves, leaves first.
pub(crate) type Place = (NaiveDateTime, bool, i64);

/// A message that says something about roads, as far as it does.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Identifies the message.
    pub(crate) id: String,
    /// Where the message stands.
    pub(crate) place: Place,
    /// What it says.
    pub(crate) event: Event,
}

impl Entry {
    /// The time of the message, and its number.
    pub(crate) fn arrival(&self) -> (NaiveDateTime, i64) {
        (self.place.0, self.place.2)
    }

    /// Reads a message; `None` if it is of another environment, or says nothing about roads.
    pub(crate) fn read(message: &Message, environment: &str) -> Option<Self> {
        let topic = Topic::parse(&message.topic)?;
        if topic.environment != environment {
            return None;
        }
        let event = read(&topic, &message.body)?;
        let leaves = matches!(&event, Event::Tag(tag) if !tag.held);
        Some(Self {
            id: message.id.clone(),
            place: (message.time, !leaves, message.number),
            event,
        })
    }
}
