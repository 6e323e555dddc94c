//! What somebody asks who follows messages from one to the next: those about subjects, and of these again
//! what they lead to.

use chrono::NaiveDateTime;

use crate::search::Order;
use crate::span::Span;
use crate::subject::Subject;

/// Which messages are looked for.
#[derive(Clone, Debug)]
pub struct Inquiry {
    /// Subjects of which a message has one; without any, every message with one of the topics is meant.
    pub subjects: Vec<Subject>,
    /// Topics of which a message has one, as queues are bound by them: `*` stands for a word and, at the end, `#`
    /// for any number of them. Without subjects they are whole topics.
    pub topics: Vec<String>,
    /// When the messages were sent.
    pub time: Span,
    /// Which end comes first, and is kept where there are too many.
    pub order: Order,
    /// How many messages are wanted at most.
    pub limit: usize,
}

/// What an inquirer is told of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Excerpt {
    /// Surrogate key: of two messages of a time, the one that came first has the smaller.
    pub id: i64,
    /// The sender's id.
    pub msg_id: Option<String>,
    /// The routing key.
    pub topic: String,
    /// When it was sent. UTC.
    pub timestamp: NaiveDateTime,
    /// The body as JSON text.
    pub body: String,
}

/// Somebody who asks on by what was found.
pub trait Inquirer {
    /// What is to be looked for next; nothing if all is known.
    fn inquiries(&mut self) -> Vec<Inquiry>;

    /// Hears that an inquiry found as many messages as its limit allows, so that there may be more; it is the one at
    /// this place among those that were asked last. Its messages were taken before.
    fn reached(&mut self, inquiry: usize);

    /// Takes a message that one of the inquiries found; each message comes once.
    fn take(&mut self, excerpt: Excerpt);
}
