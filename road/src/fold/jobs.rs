//! openQA's jobs for one update: of each scenario, the newest counts.

use std::collections::BTreeMap;

use super::told::{At, Told};
use crate::event::{Job, Restart};
use crate::word::Word;

/// The newest job of each scenario.
#[derive(Default)]
pub(crate) struct Jobs(BTreeMap<String, Newest>);

/// A job.
struct Newest {
    id: String,
    word: Word,
    ended: bool,
    at: At,
}

impl Newest {
    /// Whether `id` is a later job; numbers rise.
    fn is_before(&self, id: &str) -> bool {
        let numbers = (self.id.parse::<u64>(), id.parse::<u64>());
        match numbers {
            (Ok(mine), Ok(other)) => mine < other,
            _ => self.id != id,
        }
    }
}

impl Jobs {
    /// Takes news of a job. What comes for an older job says nothing, nor what begins a job that has ended.
    pub(crate) fn job(&mut self, job: &Job, at: At) {
        if let Some(newest) = self.0.get(&job.scenario) {
            let late = newest.ended && !job.ended;
            let same = newest.id == job.id;
            if (same && late) || (!same && !newest.is_before(&job.id)) {
                return;
            }
        }
        let newest = Newest {
            id: job.id.clone(),
            word: job.word,
            ended: job.ended,
            at,
        };
        self.0.insert(job.scenario.clone(), newest);
    }

    /// Takes jobs that come in the place of others, perhaps of several scenarios.
    pub(crate) fn restart(&mut self, restart: &Restart, at: At) {
        for (old, new) in &restart.jobs {
            let known = self.0.iter().find(|(_, job)| &job.id == old);
            let scenario = match known {
                Some((scenario, _)) => scenario.clone(),
                None if old == &restart.id => restart.scenario.clone(),
                None => continue,
            };
            let job = Job {
                alias: restart.alias.clone(),
                id: new.clone(),
                scenario,
                word: Word::Waiting,
                ended: false,
            };
            self.job(&job, at);
        }
    }

    /// The stage `openqa`.
    pub(crate) fn told(&self) -> Told {
        Told::least(self.0.values().map(|job| (job.word, job.at)))
    }
}
