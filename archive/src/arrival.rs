//! What has come into the archive, for those who wait for it.

use crate::subject::Subject;

/// What is told of a message that has come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Arrival {
    /// The sender's id.
    pub msg_id: Option<String>,
    /// The routing key.
    pub topic: String,
    /// The application.
    pub category: String,
    /// What the message is about.
    pub subjects: Vec<Subject>,
}

/// What has come since the look before.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct News {
    /// Messages, in the order of their ids.
    pub arrivals: Vec<Arrival>,
    /// Whether others may have come, too, of which nothing is known: at the first look, on another database, after
    /// more messages at once than a look takes, and where a transaction is open for long.
    pub anything: bool,
}
