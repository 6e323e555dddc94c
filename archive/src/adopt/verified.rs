//! What a comparison of both archives has found.

/// What a comparison has found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Verified {
    /// How many days have messages there.
    pub days: u64,
    /// How many messages there are there.
    pub messages: u64,
    /// How many of them are among the dead letters here.
    pub put_aside: u64,
    /// How many of them are here with another time, at which nommer received them, as their senders gave none;
    /// or their dead letters were stored after all, as the time there is none that can be.
    pub received: u64,
    /// How many of them are there once more on the same day, equal but for the time of receipt, as their senders gave none.
    pub doubled: u64,
    /// How many messages there are here that are not there.
    pub more_here: u64,
    /// How many messages were compared column by column.
    pub sampled: u64,
    /// How many of these, and of users and packages, differ where a slice had messages that nommer had
    /// stored itself, which has its own rules for them.
    pub own: u64,
    /// What differs, in words; 100 at most.
    pub differences: Vec<String>,
    /// How many differences there are.
    pub different: u64,
}

/// So many differences are told.
const MOST_TOLD: usize = 100;

impl Verified {
    pub(super) fn differ(&mut self, text: String) {
        self.different += 1;
        if self.differences.len() < MOST_TOLD {
            self.differences.push(text);
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.days += other.days;
        self.messages += other.messages;
        self.put_aside += other.put_aside;
        self.received += other.received;
        self.doubled += other.doubled;
        self.more_here += other.more_here;
        self.sampled += other.sampled;
        self.own += other.own;
        self.different += other.different;
        let room = MOST_TOLD.saturating_sub(self.differences.len());
        let told = other.differences.into_iter().take(room);
        self.differences.extend(told);
    }
}
