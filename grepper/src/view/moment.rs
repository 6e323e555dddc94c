//! Moments as people and programs read them.

use chrono::{NaiveDateTime, SecondsFormat};

use crate::pages::name_page::TimeShown;
use crate::view::humanise::humanise;
use crate::view::stops::exact;

/// A moment for people.
pub fn moment(at: NaiveDateTime, now: NaiveDateTime) -> TimeShown {
    TimeShown {
        human: humanise((at - now).num_seconds()),
        exact: exact(at),
    }
}

/// A moment for programs.
pub fn written(at: NaiveDateTime) -> String {
    at.and_utc().to_rfc3339_opts(SecondsFormat::AutoSi, false)
}
