//! Which messages there are, told in few bytes, so that two archives can compare what they have.

use crate::error::StoreError;
use crate::read::reader::Reader;
use crate::search::{Search, Shape};

/// Which messages match, as far as two archives can compare it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Digest {
    /// How many messages match.
    pub messages: u64,
    /// Fourteen hexadecimal digits, which depend on the messages' ids and the seconds of their times alone.
    pub digest: String,
}

impl Digest {
    /// The digest of no messages.
    fn of_nothing() -> Self {
        Self {
            messages: 0,
            digest: "0".repeat(14),
        }
    }
}

impl Reader {
    /// The digest of what matches, by categories and topics. Each message is read: ask for a day at most.
    pub fn digest(&self, search: &Search) -> Result<Digest, StoreError> {
        self.run("digest", &Shape(search), |connection, _| {
            let Some(plan) = self.plan(connection, search)? else {
                return Ok(Digest::of_nothing());
            };
            let (messages, digest) = plan.digest(connection)?;
            Ok(Digest { messages, digest })
        })
    }
}
