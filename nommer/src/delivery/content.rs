//! What a delivery is.

use archive::{DeadLetter, NewMessage};
use metadata::Rules;

use crate::delivery::decode;
use crate::delivery::received::{Received, Rest};

/// What a delivery is.
pub enum Content {
    /// A message, and what else there was: the database may yet refuse it.
    Message(Box<(NewMessage, Rest)>),
    /// No message.
    DeadLetter(Box<DeadLetter>),
}

impl Content {
    /// Decodes what was received, and says so where its time cannot be read.
    pub fn of(received: Received, rules: &Rules) -> Self {
        let message = match decode::decode(&received, rules) {
            Ok(message) => message,
            Err(reason) => return Self::DeadLetter(Box::new(received.into_dead_letter(reason))),
        };
        if let Some(sent_at) = decode::unreadable_sent_at(&message) {
            let sent_at = sent_at.chars().take(50).collect::<String>();
            tracing::warn!(
                topic = message.topic,
                id = message.msg_id,
                sent_at,
                "sent-at is not readable: stored at the time of receipt"
            );
        }
        let rest = Rest::beside(&message, received);
        Self::Message(Box::new((message, rest)))
    }
}
