//! What an application needs to make up a message.

use chrono::{DateTime, TimeDelta, Utc};

use crate::people::Person;
use crate::random::Random;
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
}

impl Build {
    pub(crate) fn nvr(&self) -> String {
        format!("{}-{}-{}", self.name, self.version, self.release)
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
        let package = self.world.attention.choose(self.random);
        Build {
            id: self.random.between(2_400_000, 2_900_000),
            name: self.world.packages[package].clone(),
            version: self.version(),
            release: format!("{}.fc{}", self.random.between(1, 9), self.fedora()),
            owner: self.world.maintainer(package).username.clone(),
        }
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

    /// A release of Fedora.
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
