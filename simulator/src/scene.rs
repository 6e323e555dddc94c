//! What an application needs to make up a message.

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use crate::people::Person;
use crate::random::Random;
use crate::release::Release;
use crate::words;
use crate::world::World;

/// The world at one moment, with chance.
pub(crate) struct Scene<'a> {
    pub(crate) world: &'a World,
    pub(crate) random: &'a mut Random,
    pub(crate) now: DateTime<Utc>,
}

/// A build of a package.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) release: String,
    pub(crate) owner: String,
    pub(crate) made_for: Release,
    pub(crate) signed: bool,
    /// The side tag that it is built in.
    pub(crate) side: Option<String>,
    /// What Koji made it of; none for one that was imported.
    pub(crate) source: Option<Source>,
}

/// A commit, and the task that builds it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) task: u64,
    pub(crate) commit: String,
}

impl Source {
    /// Where Koji gets the sources of a package, which are in a folder of dist-git.
    pub(crate) fn address(&self, folder: &str, package: &str) -> String {
        format!(
            "git+https://src.fedoraproject.org/{folder}/{package}.git#{}",
            self.commit
        )
    }
}

impl Build {
    pub(crate) fn nvr(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.release)
    }

    pub(crate) fn task(&self) -> Option<u64> {
        self.source.as_ref().map(|source| source.task)
    }

    /// Where Koji got its sources.
    pub(crate) fn address(&self) -> Option<String> {
        self.source
            .as_ref()
            .map(|source| source.address("rpms", &self.name))
    }

    /// What Koji was asked to build for.
    pub(crate) fn target(&self) -> String {
        let side = self.side.clone();
        side.unwrap_or_else(|| self.made_for.target())
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn person(&mut self) -> &'a Person {
        &self.world.people[self.world.activity.choose(self.random)]
    }

    pub(crate) fn username(&mut self) -> String {
        self.person().username.clone()
    }

    pub(crate) fn package(&mut self) -> String {
        self.world.packages[self.world.attention.choose(self.random)].clone()
    }

    /// A build of some package, by its maintainer.
    pub(crate) fn build(&mut self) -> Build {
        let release = self.release();
        self.build_for(release)
    }

    /// A build for a release.
    pub(crate) fn build_for(&mut self, release: Release) -> Build {
        let rank = self.world.attention.choose(self.random);
        let package = self.world.of_chance(rank);
        Build {
            id: self.random.between(2_400_000, 2_900_000),
            name: self.world.packages[package].clone(),
            version: self.version(),
            release: format!("{}{}", self.random.between(1, 9), release.suffix()),
            owner: self.world.maintainer(package).username.clone(),
            made_for: release,
            signed: true,
            side: None,
            source: Some(self.source()),
        }
    }

    /// Some commit, and the task that builds it.
    pub(crate) fn source(&mut self) -> Source {
        Source {
            task: self.random.between(120_000_000, 140_000_000),
            commit: self.random.hex(40),
        }
    }

    /// An alias as those of a release's updates.
    pub(crate) fn alias(&mut self, release: Release) -> String {
        let (prefix, year) = (release.prefix(), self.now.year());
        format!("{prefix}-{year}-{}", self.random.hex(10))
    }

    pub(crate) fn version(&mut self) -> String {
        let random = &mut *self.random;
        format!(
            "{}.{}.{}",
            random.between(0, 12),
            random.between(0, 40),
            random.between(0, 9)
        )
    }

    /// A release of Fedora that has updates.
    pub(crate) fn release(&mut self) -> Release {
        Release::Fedora(self.fedora())
    }

    /// The number of a release of Fedora that has updates.
    pub(crate) fn fedora(&mut self) -> u64 {
        self.random.between(42, 45)
    }

    pub(crate) fn words(&mut self, least: u64, most: u64) -> String {
        let length = self.random.between(least, most);
        words::words(self.random, length)
    }

    /// Up to `most` paragraphs; one is the likeliest.
    pub(crate) fn text(&mut self, most: u64) -> String {
        let count = self
            .random
            .between(1, most)
            .min(self.random.between(1, most));
        words::paragraphs(self.random, count, 120)
    }

    /// Some moment in the last `days` days.
    pub(crate) fn past(&mut self, days: u64) -> DateTime<Utc> {
        self.now - TimeDelta::seconds(self.random.between(1, days * 86_400) as i64)
    }

    /// Seconds since 1970, as Python's `time.time()` gives them.
    pub(crate) fn epoch(&self) -> f64 {
        self.now.timestamp_millis() as f64 / 1000.0
    }
}

/// `2026-01-31 23:59:59`, as many applications write times.
pub(crate) fn plain_time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// `2026-01-31T23:59:59`
pub(crate) fn iso_time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}
