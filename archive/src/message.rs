//! A message before and after it is stored.

use chrono::NaiveDateTime;

use crate::body::Body;
use crate::position::Position;
use crate::stored_json::StoredJson;
use crate::subject::Subjects;

/// What the archive writes into `source_name` of the rows it stores: readers know the incumbent's name.
pub(crate) const SOURCE_NAME: &str = "datanommer";
/// What the archive writes into `source_version`: the version of the tables' published models.
pub(crate) const SOURCE_VERSION: &str = "1.5.0";

/// A message to be stored.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// The sender's id, an opaque string; made up by the receiver where the sender gave none.
    pub msg_id: String,
    /// What makes it the same message as a stored one.
    pub identity: Identity,
    /// The routing key.
    pub topic: String,
    /// When it was sent, or received where the sender does not say. UTC.
    pub timestamp: NaiveDateTime,
    /// The application, taken from the topic.
    pub category: String,
    /// Who caused it.
    pub agent_name: Option<String>,
    /// The body.
    pub body: Body,
    /// The header table.
    pub headers: serde_json::Map<String, serde_json::Value>,
    /// Whom it concerns: distinct names.
    pub users: Vec<String>,
    /// The packages it concerns: distinct names.
    pub packages: Vec<String>,
    /// What it is about.
    pub subjects: Subjects,
}

/// What makes two deliveries the same message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Identity {
    /// Equal `msg_id` and equal `timestamp`: the sender gave both.
    IdAndTime,
    /// Equal `msg_id` and equal `sent-at` header, present or not: the sender gave an id but no
    /// readable time, so that `timestamp` is the time of receipt and differs at each delivery.
    Id,
    /// The sender gave no id; `msg_id` was derived from the content, and the broker says that it
    /// delivered this before: the same message if that id is stored.
    RedeliveredContent,
    /// The sender gave no id; `msg_id` was derived from the content, and the broker delivers it
    /// for the first time: never the same message, whatever is stored. Where the derived id is
    /// taken, the archive stores it under a random one.
    NewContent,
}

/// A stored message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Bytes of body and headers that did not come with the message as they are large; 0 if they
    /// did. See [`Reader::complete`](crate::Reader::complete).
    pub left_out: u64,
    /// Surrogate key; with `timestamp` it fixes the order of messages.
    pub id: i64,
    /// The sender's id.
    pub msg_id: Option<String>,
    /// Counter of the ZeroMQ age.
    pub i: i32,
    /// The routing key.
    pub topic: String,
    /// When it was sent. UTC.
    pub timestamp: NaiveDateTime,
    /// ZeroMQ age only.
    pub certificate: Option<String>,
    /// ZeroMQ age only.
    pub signature: Option<String>,
    /// The application, taken from the topic.
    pub category: String,
    /// Who caused it.
    pub agent_name: Option<String>,
    /// ZeroMQ age only.
    pub crypto: Option<String>,
    /// The program that stored it.
    pub source_name: Option<String>,
    /// The version of that program.
    pub source_version: Option<String>,
    /// The body.
    pub msg: StoredJson,
    /// The header table as JSON text (members in the order of `jsonb`), `None` for messages of the
    /// ZeroMQ age.
    pub headers: Option<StoredJson>,
    /// Whom it concerns, sorted by code point.
    pub users: Vec<String>,
    /// The packages it concerns, sorted by code point.
    pub packages: Vec<String>,
}

impl Message {
    /// Where the message stands in the order of answers.
    pub fn position(&self) -> Position {
        Position {
            timestamp: self.timestamp,
            id: self.id,
        }
    }
}
