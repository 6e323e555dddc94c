//! What a run has done so far.

use crate::adopt::old_ties::Tied;

/// What became of messages.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Adopted {
    /// How many slices were read.
    pub slices: u64,
    /// How many messages were read.
    pub read: u64,
    /// How many were stored.
    pub stored: u64,
    /// How many cannot be stored, and are kept in `dead_letters`. Those that are neither stored nor put
    /// aside were here before.
    pub put_aside: u64,
    /// How many were read by an earlier run, and are as many still.
    pub skipped: u64,
    /// What became of the users of messages.
    pub users: Tied,
    /// What became of the packages of messages.
    pub packages: Tied,
}

impl Adopted {
    /// How many of those that were read were here before.
    pub fn duplicates(&self) -> u64 {
        self.read - self.stored - self.put_aside
    }
}

impl std::ops::AddAssign for Adopted {
    fn add_assign(&mut self, other: Self) {
        self.slices += other.slices;
        self.read += other.read;
        self.stored += other.stored;
        self.put_aside += other.put_aside;
        self.skipped += other.skipped;
        self.users += other.users;
        self.packages += other.packages;
    }
}
