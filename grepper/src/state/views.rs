//! What there is for clients to see, which is not the same for all where something is hidden.

use std::sync::Arc;

use actix_web::web::Data;

use crate::config::Config;
use crate::state::State;
use crate::state::guard::Guard;

/// The archive as those see it who are admitted, and as all others do. Neither remembers anything for the other.
#[derive(Clone)]
pub struct Views {
    /// For who is admitted.
    pub all: Data<State>,
    /// For others; the same where nothing is hidden.
    pub shown: Data<State>,
    /// Who is admitted, where not everybody is.
    pub guard: Option<Arc<Guard>>,
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
        })
    }

    /// Reads again what may change while the program runs: rules and tokens.
    pub fn read_again(&self) {
        self.all.rules.read_again();
        if let Some(guard) = &self.guard {
            guard.read_again();
        }
    }

    /// Answers all who wait, whatever they see.
    pub fn stop(&self) {
        self.each().for_each(|state| state.waiters.stop());
    }

    /// Each of them once.
    pub fn each(&self) -> impl Iterator<Item = &Data<State>> {
        let is_one = Arc::ptr_eq(&self.all, &self.shown);
        let count = if is_one { 1 } else { 2 };
        [&self.all, &self.shown].into_iter().take(count)
    }
}
