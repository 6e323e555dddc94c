//! Where a message stands in the order of answers.

use chrono::NaiveDateTime;

/// The place of a message in the order of the archive: by time, and then by key.
///
/// The order is total, so pages neither repeat nor skip, and a walk can go on after any place.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Position {
    /// When the message was sent. UTC.
    pub timestamp: NaiveDateTime,
    /// The message's surrogate key.
    pub id: i64,
}
