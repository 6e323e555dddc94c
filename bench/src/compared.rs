//! Our programs beside those of an older build, so that nothing gets slower unseen.
//!
//! Both are asked for the same, of the same servers, in turns. Ratios are those of ours by the older one's.

mod crowds;
mod ingest;
mod latency;
mod pair;
mod queries;
mod scale;
mod section;
mod sittings;
mod subjects;
mod verdict;

use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::compared::pair::Pair;
use crate::compared::section::Section;
use crate::measured::latency::Pace;
use crate::measured::queries::Searches;
use crate::measured::scale::Archives;
use crate::programs::Build;

/// An older build and ours.
pub struct Builds(Pair<Build>);

impl Builds {
    /// The older build lies in `before`.
    pub fn of(before: &Path) -> Result<Self> {
        Ok(Self(Pair {
            before: Build::of(before)?,
            after: Build::ours()?,
        }))
    }

    /// Ours, and ours with somebody who asks for metrics all the time.
    pub fn watched() -> Result<Self> {
        Ok(Self(Pair {
            before: Build::ours()?,
            after: Build::ours()?.watched(),
        }))
    }

    /// What tells them apart.
    pub fn facts(&self) -> Result<Vec<(String, String)>> {
        let mut facts = Vec::new();
        for (name, build) in [("before", &self.0.before), ("after", &self.0.after)] {
            let path = build.path("grepper");
            let modified = DateTime::<Utc>::from(path.metadata()?.modified()?);
            let time = modified.format("%Y-%m-%d %H:%M UTC");
            facts.push((name.to_owned(), format!("{}, {time}", path.display())));
        }
        Ok(facts)
    }

    /// Sections of the report, as all functions here: how fast nommer drains queues of so many messages.
    pub fn ingest(&self, messages: usize) -> Result<String> {
        Ok(document(vec![ingest::run(&self.0, messages)?]))
    }

    /// How long messages are on their way.
    pub fn latency(&self, pace: &Pace) -> Result<String> {
        Ok(document(vec![latency::run(&self.0, pace)?]))
    }

    /// How long grepper takes to answer.
    pub fn queries(&self, searches: &Searches) -> Result<String> {
        Ok(document(queries::run(&self.0, searches)?))
    }

    /// How long grepper takes to answer from each of several archives.
    pub fn scale(&self, archives: &Archives) -> Result<String> {
        Ok(document(scale::run(&self.0, archives)?))
    }

    /// Ingest, latency and queries.
    pub fn all(&self, ingest_messages: usize, searches: &Searches) -> Result<String> {
        let mut sections = vec![
            ingest::run(&self.0, ingest_messages)?,
            latency::run(&self.0, &Pace::default())?,
        ];
        sections.extend(queries::run(&self.0, searches)?);
        Ok(document(sections))
    }
}

/// What the subjects of messages cost, by our programs with and without rules that tell them.
pub fn cost_of_subjects(messages: usize) -> Result<String> {
    Ok(document(vec![subjects::run(messages)?]))
}

/// All sections, and a verdict on what they found.
fn document(sections: Vec<Section>) -> String {
    let (mut texts, mut findings) = (Vec::new(), Vec::new());
    for section in sections {
        texts.push(section.text);
        findings.extend(section.findings);
    }
    texts.push(verdict::section(&findings));
    texts.join("\n")
}
