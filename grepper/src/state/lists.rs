//! Lists of names, which all that show them share for a while: they take longer than a page may.

use std::time::Duration;

use archive::{
    Busiest, BusyName, BusyNames, Census, CensusName, GroupBy, Reader, Span, StoreError,
};
use chrono::{Days, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::state::lately::Lately;

/// How old a list may be.
const KEPT: Duration = Duration::from_secs(60);
/// Days of which each is counted, today among them.
pub const DAYS: u64 = 30;
/// So many topics or categories at most: those with the most messages.
const MOST_TOPICS: u32 = 5_000;
/// So many users or packages at most.
const MOST_BUSY: u32 = 100;
/// So many names that came last.
const MOST_NEW: u32 = 20;
/// Where counters cannot tell, so many messages do.
const NEWEST: u32 = 10_000;
/// In how many days users and packages are the busiest.
pub const SPANS: [u16; 3] = [1, 7, 30];

/// All topics or categories, as they were at a moment.
#[derive(Clone, Debug)]
pub struct AllNames {
    /// Those with the most messages first.
    pub names: Vec<CensusName>,
    /// How many there are.
    pub of: u64,
    /// The moment.
    pub as_of: NaiveDateTime,
}

/// The busiest users or packages, as they were at a moment.
#[derive(Clone, Debug)]
pub struct Busy {
    /// The busiest.
    pub busiest: BusyNames,
    /// Names that came last, the newest first.
    pub new: Vec<BusyName>,
    /// The moment.
    pub as_of: NaiveDateTime,
}

/// The lists that there are.
pub struct Lists {
    topics: Lately<AllNames>,
    categories: Lately<AllNames>,
    users: [Lately<Busy>; SPANS.len()],
    packages: [Lately<Busy>; SPANS.len()],
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            topics: Lately::new(KEPT),
            categories: Lately::new(KEPT),
            users: SPANS.map(|_| Lately::new(KEPT)),
            packages: SPANS.map(|_| Lately::new(KEPT)),
        }
    }
}

impl Lists {
    /// Where topics or categories are.
    pub fn named(&self, by: GroupBy) -> &Lately<AllNames> {
        match by {
            GroupBy::Topic => &self.topics,
            _ => &self.categories,
        }
    }

    /// Where the users or packages are that were the busiest in the days of the number `span` of [`SPANS`].
    pub fn busy(&self, by: GroupBy, span: usize) -> &Lately<Busy> {
        let spans = match by {
            GroupBy::User => &self.users,
            _ => &self.packages,
        };
        &spans[span.min(SPANS.len() - 1)]
    }
}

impl AllNames {
    /// All topics, or all categories, as the archive has them now.
    pub fn of(reader: &Reader, by: GroupBy) -> Result<Self, StoreError> {
        let as_of = Utc::now().naive_utc();
        let census = Census {
            recent: Span::between(as_of - TimeDelta::days(1), as_of),
            edges: days(as_of),
            most: MOST_TOPICS,
        };
        let (names, of) = match by {
            GroupBy::Topic => reader.census_of_topics(&census)?,
            _ => reader.census_of_categories(&census)?,
        };
        Ok(Self { names, of, as_of })
    }
}

impl Busy {
    /// The users or packages that are the busiest in the days of the number `span` of [`SPANS`].
    pub fn of(reader: &Reader, by: GroupBy, span: usize) -> Result<Self, StoreError> {
        let as_of = Utc::now().naive_utc();
        let length = TimeDelta::days(SPANS[span.min(SPANS.len() - 1)].into());
        let busiest = Busiest {
            by,
            time: Span::between(as_of - length, as_of),
            edges: days(as_of),
            most: MOST_BUSY,
            newest: NEWEST,
        };
        Ok(Self {
            busiest: reader.busiest(&busiest)?,
            new: reader.newest_names(by, MOST_NEW)?,
            as_of,
        })
    }
}

/// The edges of the last days.
fn days(now: NaiveDateTime) -> Vec<NaiveDateTime> {
    let tomorrow = now.date().checked_add_days(Days::new(1));
    let past = tomorrow.unwrap_or(now.date()).and_time(NaiveTime::MIN);
    let edge = |before| past.checked_sub_days(Days::new(before)).unwrap_or(past);
    (0..=DAYS).rev().map(edge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_end_with_today() {
        let edges = days("2026-11-27T21:00:00".parse().expect("a time"));
        let written = |edge: &NaiveDateTime| edge.to_string();
        assert_eq!(edges.len(), 31);
        assert_eq!(
            (written(&edges[0]), written(&edges[30])),
            (
                "2026-10-29 00:00:00".to_owned(),
                "2026-11-28 00:00:00".to_owned()
            )
        );
    }
}
