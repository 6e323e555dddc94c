//! How lively the archive is, which the foot of every page tells.

use std::time::Duration;

use archive::{PageRequest, Reader, Search, Span, StoreError};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::state::lately::Lately;

/// For so long it is told again: whoever shows it asks once a minute.
const KEPT: Duration = Duration::from_secs(5);

/// What was found, and when.
#[derive(Clone, Copy, Debug)]
pub struct Pulse {
    /// When the newest message was sent, of those not from the future.
    pub newest: Option<NaiveDateTime>,
    /// How many were sent in the hour before.
    pub last_hour: u64,
    /// When this was found.
    pub as_of: DateTime<Utc>,
}

/// The last one that was found.
pub type LastPulse = Lately<Pulse>;

impl Default for LastPulse {
    fn default() -> Self {
        Self::new(KEPT)
    }
}

impl Pulse {
    /// As the archive has it now.
    pub fn of(reader: &Reader) -> Result<Self, StoreError> {
        let as_of = Utc::now();
        let now = as_of.naive_utc();
        let of_time = |time| Search {
            time,
            ..Search::default()
        };
        let only = PageRequest { number: 1, size: 1 };
        let page = reader.search(&of_time(Span::before(now)), only)?;
        let hour = Span::between(now - TimeDelta::hours(1), now);
        Ok(Self {
            newest: page.messages.first().map(|message| message.timestamp),
            last_hour: reader.count(&of_time(hour))?,
            as_of,
        })
    }
}
