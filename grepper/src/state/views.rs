//! What there is for clients to see, which is not the same for all where something is hidden.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::Data;
use archive::{Dimension, StoreError};

use crate::config::Config;
use crate::state::admission::Cost;
use crate::state::guard::Guard;
use crate::state::{State, ask_further};

/// The database may be away at start.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// It may lack a right or a table for days.
const LONGEST_PAUSE: Duration = Duration::from_secs(8 * 60);

/// The archive as those see it who are admitted, and as all others do. Neither remembers anything for the other.
#[derive(Clone)]
pub struct Views {
    /// For who is admitted.
    pub all: Data<State>,
    /// For others; the same where nothing is hidden.
    pub shown: Data<State>,
    /// Who is admitted, where not everybody is.
    pub guard: Option<Arc<Guard>>,
    stopping: Arc<AtomicBool>,
}

impl Views {
    /// Does not connect: the database may be away.
    pub fn new(config: Config) -> anyhow::Result<Self> {
        let privacy = config.privacy.clone();
        let all = Data::new(State::new(config)?);
        let Some(privacy) = privacy else {
            return Ok(Self {
                shown: all.clone(),
                all,
                guard: None,
                stopping: Arc::default(),
            });
        };
        let shown = match privacy.hidden.is_empty() {
            true => all.clone(),
            false => Data::new(all.hiding(&privacy.hidden)?),
        };
        let guard = Guard::new(&privacy);
        tracing::info!(
            private = privacy.private,
            topics = privacy.hidden.topics.len(),
            categories = privacy.hidden.categories.len(),
            tokens = guard.tokens(),
            header = privacy.trusted.map(|trusted| trusted.name.to_string()),
            "not everybody may see everything"
        );
        Ok(Self {
            all,
            shown,
            guard: Some(Arc::new(guard)),
            stopping: Arc::default(),
        })
    }

    /// Says which hidden names the archive has never seen, once it can be asked: whoever mistyped one hides nothing.
    pub async fn tell_unseen(&self) {
        let Some(hidden) = self.all.config.privacy.as_ref().map(|it| it.hidden.clone()) else {
            return;
        };
        if hidden.is_empty() {
            return;
        }
        for pause in pauses() {
            let hidden = hidden.clone();
            let unseen = ask_further(&self.all, Cost::Ordinary, move |_, reader| {
                let unseen = |dimension, names: &[String]| -> Result<Vec<String>, StoreError> {
                    let seen = reader.seen(dimension, names)?;
                    Ok(names
                        .iter()
                        .filter(|name| !seen.contains(*name))
                        .cloned()
                        .collect())
                };
                let topics = unseen(Dimension::Topics, &hidden.topics)?;
                Ok((topics, unseen(Dimension::Categories, &hidden.categories)?))
            });
            match unseen.await {
                Ok((topics, categories)) => return warn_of(&topics, &categories),
                Err(_) => actix_web::rt::time::sleep(pause).await,
            }
        }
    }

    /// Reads again what may change while the program runs: rules and tokens.
    pub fn read_again(&self) {
        self.all.rules.read_again();
        if let Some(guard) = &self.guard {
            guard.read_again();
        }
    }

    /// Answers all who wait, whatever they see. Each answer is the last one of its connection from now on.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.each().for_each(|state| state.waiters.stop());
    }

    /// Whether the program is to end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Each of them once.
    pub fn each(&self) -> impl Iterator<Item = &Data<State>> {
        let is_one = Arc::ptr_eq(&self.all, &self.shown);
        let count = if is_one { 1 } else { 2 };
        [&self.all, &self.shown].into_iter().take(count)
    }
}

/// How long to wait before each next try, without end.
fn pauses() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(FIRST_PAUSE), |pause| {
        Some(LONGEST_PAUSE.min(*pause * 2))
    })
}

fn warn_of(topics: &[String], categories: &[String]) {
    for (kind, names) in [("topic", topics), ("category", categories)] {
        for name in names {
            tracing::warn!(
                kind,
                name,
                "what is to be hidden has never come: is its name written right?"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_goes_on_failing_is_asked_seldom() {
        let seconds: Vec<u64> = pauses().take(7).map(|pause| pause.as_secs()).collect();
        assert_eq!(seconds, [30, 60, 120, 240, 480, 480, 480]);
    }
}
