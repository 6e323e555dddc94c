//! What the traffic told: whole stories of builds, with their ends.

use std::fmt;

/// A story that was told from its first message to its last, among others and by messages that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// What it is about, such as `happy`; there are few kinds, each of which is told again and again.
    pub title: &'static str,
    /// How it ended: for its builds, pull requests and scratch builds.
    pub ends: Vec<End>,
}

/// How a story ended for one of its subjects, as far as its messages tell.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// The subject: `nvr:bash-5.3-1.fc45`, `pr:rpms/bash#7` or, for a scratch build, `task:131000101`.
    pub subject: String,
    /// The task that built it last; none for what was imported, and for pull requests.
    pub task: Option<u64>,
    /// The branch that it is for; none where nothing tells.
    pub branch: Option<String>,
    /// The alias of the update that it is in.
    pub update: Option<String>,
    /// The tags that it is in, sorted.
    pub tags: Vec<String>,
    /// How its stages stand, such as `("build", "passed")`; those that are not here stand at `none`.
    pub stages: Vec<(&'static str, &'static str)>,
}

impl fmt::Display for Story {
    /// The title, and what it was about.
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let subjects: Vec<&str> = self.ends.iter().map(|end| end.subject.as_str()).collect();
        write!(formatter, "{}: {}", self.title, subjects.join(", "))
    }
}

impl End {
    /// How a stage stands: `failed`, `running`, `waiting`, `waived`, `passed` or `none`.
    pub fn word(&self, stage: &str) -> &'static str {
        let known = self.stages.iter().find(|(known, _)| *known == stage);
        known.map_or("none", |(_, word)| word)
    }
}
