//! Tells what has come since the last look, for those who wait.

use std::sync::Arc;
use std::time::Instant;

use crate::arrival::{Arrival, News};
use crate::database::connection;
use crate::database::origin::Origin;
use crate::error::StoreError;
use crate::hidden::Hidden;
use crate::query::arrivals::{self, Horizon};
use crate::read::gaps::Gaps;
use crate::read::reader::Reader;

/// Ids that are known at the first look: what was passed over among these is looked for.
const KNOWN: i64 = 2_000;

/// Messages in the order in which they come to be seen, whatever their times and ids.
///
/// A look that follows another tells each message that came meanwhile once. See [`News::anything`] for when it
/// cannot know all.
pub struct Feed {
    reader: Reader,
    /// What is known of a database.
    known: Option<(Arc<Origin>, Gaps)>,
}

/// What a look found.
enum Look {
    /// The newest ids.
    First(Vec<i64>),
    /// What came since the look before.
    Next(Horizon, Vec<(i64, Arrival)>),
}

impl Feed {
    /// Has not looked yet. A reader with one connection will do.
    pub fn new(reader: Reader) -> Self {
        Self {
            reader: reader.steady(),
            known: None,
        }
    }

    /// What has come since the look before. After an error, the next look tells what this one would have.
    pub fn look(&mut self) -> Result<News, StoreError> {
        let known = self.known.as_ref();
        let timeout = self.reader.statement_timeout;
        let (origin, look) = self.reader.servers.ask(|pool| {
            connection::run_again(pool, "look", &"", timeout, |connection, origin| {
                let look = match known {
                    Some((before, gaps)) if Arc::ptr_eq(before, origin) => {
                        let (horizon, found) = arrivals::within(connection, &gaps.wanted())?;
                        Look::Next(horizon, found)
                    }
                    _ => Look::First(arrivals::newest(connection, KNOWN)?),
                };
                Ok((origin.clone(), look))
            })
        })?;
        let now = Instant::now();
        Ok(match (look, &mut self.known) {
            (Look::Next(horizon, found), Some((_, gaps))) if found.len() < arrivals::MOST => {
                tell(gaps, now, horizon, found, &self.reader.hidden)
            }
            (look, known) => {
                *known = match look {
                    Look::First(ids) => Some((origin, begin(&ids, now))),
                    // There may be more than were read: the next look is a first one.
                    Look::Next(..) => None,
                };
                News {
                    arrivals: Vec::new(),
                    anything: true,
                }
            }
        })
    }

    /// The database of which a look tells whatever could be seen when it began. `None` if that is not certain: before
    /// the first look, and while messages may come that are not looked for, of which [`News::anything`] tells.
    #[must_use]
    pub fn follows(&self) -> Option<Arc<Origin>> {
        let (origin, gaps) = self.known.as_ref()?;
        gaps.are_all().then(|| origin.clone())
    }

    /// Forgets what came: the next look is a first one.
    pub fn forget(&mut self) {
        self.known = None;
    }
}

/// Looks for all that was passed over since the first of these ids; for all at all where there are few.
fn begin(ids: &[i64], now: Instant) -> Gaps {
    let is_all = (ids.len() as i64) < KNOWN;
    let first = ids.first().filter(|_| !is_all);
    Gaps::new(first.map_or(0, |first| first - 1), ids, now)
}

fn tell(
    gaps: &mut Gaps,
    now: Instant,
    horizon: Horizon,
    mut found: Vec<(i64, Arrival)>,
    hidden: &Hidden,
) -> News {
    found.sort_unstable_by_key(|(id, _)| *id);
    let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
    let anything = gaps.take(&ids, now, horizon);
    let arrivals = found.into_iter().map(|(_, arrival)| arrival);
    let is_shown = |arrival: &Arrival| !hidden.hides(&arrival.topic, &arrival.category);
    let arrivals = arrivals.filter(is_shown).collect();
    News { arrivals, anything }
}
