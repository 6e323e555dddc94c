//! Who and what there is: the same for every seed.

use crate::packages::packages;
use crate::people::{Person, people};
use crate::popularity::Popularity;

/// One package of so many is for stories; the number of all is a multiple of it.
pub(crate) const STORIES: usize = 3;

/// The people and packages, and how busy they are.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) people: Vec<Person>,
    pub(crate) packages: Vec<String>,
    pub(crate) activity: Popularity,
    pub(crate) attention: Popularity,
}

impl World {
    pub(crate) fn new() -> Self {
        let (people, packages) = (people(), packages());
        let activity = Popularity::new(people.len(), 1.0);
        let attention = Popularity::new(packages.len(), 0.8);
        Self {
            people,
            packages,
            activity,
            attention,
        }
    }

    /// A package for stories, by the rank of any: every third one is, so that its page is not full of what chance says
    /// of it.
    pub(crate) fn of_stories(&self, rank: usize) -> usize {
        (rank - rank % STORIES + 1) % self.packages.len()
    }

    /// A package of which chance may make builds, by the rank of any.
    pub(crate) fn of_chance(&self, rank: usize) -> usize {
        rank + usize::from(self.of_stories(rank) == rank)
    }

    /// The maintainer of the package on this rank. Busy people have more packages.
    pub(crate) fn maintainer(&self, package: usize) -> &Person {
        // Squaring the fraction favours the front ranks; 0.618… spreads the packages.
        let fraction = (package as f64 * 0.618_033_988_75).fract();
        &self.people[(fraction * fraction * self.people.len() as f64) as usize]
    }

    /// The person with this name; the busiest if nobody has it.
    pub(crate) fn person(&self, username: &str) -> &Person {
        let known = self
            .people
            .iter()
            .find(|person| person.username == username);
        known.unwrap_or(&self.people[0])
    }
}
