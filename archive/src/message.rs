//! A message before and after it is stored.

use std::sync::LazyLock;

use chrono::NaiveDateTime;

use crate::body::Body;
use crate::position::Position;
use crate::stored_json::StoredJson;
use crate::subject::Subjects;

/// What the archive writes into `source_name` of the rows it stores: readers know the incumbent's name.
const SOURCE_NAME: &str = "datanommer";
/// What the archive writes into `source_version`: the version of the tables' published models.
const SOURCE_VERSION: &str = "1.5.0";

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
    /// The header table; `None` for messages of the ZeroMQ age, which have none.
    pub headers: Option<serde_json::Map<String, serde_json::Value>>,
    /// What rows have besides, where it is not what all rows have that this program makes of deliveries.
    pub legacy: Option<Box<Legacy>>,
    /// Whom it concerns: distinct names.
    pub users: Vec<String>,
    /// The packages it concerns: distinct names.
    pub packages: Vec<String>,
    /// What it is about.
    pub subjects: Subjects,
}

impl NewMessage {
    /// What its row has besides.
    pub(crate) fn legacy(&self) -> &Legacy {
        static OF_DELIVERIES: LazyLock<Legacy> = LazyLock::new(Legacy::default);
        self.legacy.as_deref().unwrap_or(&OF_DELIVERIES)
    }
}

/// What is not in deliveries: columns of the ZeroMQ age, and who stored the message. The default is what rows
/// have that this program makes of deliveries.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Legacy {
    /// Counter of the publisher.
    pub i: i32,
    /// The sender's certificate, as it was sent.
    pub certificate: Option<String>,
    /// The sender's signature, as it was sent.
    pub signature: Option<String>,
    /// The kind of signature.
    pub crypto: Option<String>,
    /// The program that stored it first.
    pub source_name: Option<String>,
    /// The version of that program.
    pub source_version: Option<String>,
}

impl Default for Legacy {
    fn default() -> Self {
        Self {
            i: 0,
            certificate: None,
            signature: None,
            crypto: None,
            source_name: Some(SOURCE_NAME.to_owned()),
            source_version: Some(SOURCE_VERSION.to_owned()),
        }
    }
}

/// What makes two deliveries the same message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Identity {
    /// Equal `msg_id` and equal `timestamp`: the sender gave both.
    IdAndTime,
    /// Equal `msg_id`, and times that are equal, or that are within the same second where one of both has no
    /// fraction: it may have been cut off on the way, as `/raw` does.
    IdAndSecond,
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
