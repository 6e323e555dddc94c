//! What stands around a message: those before and after it that have something in common with it.

use crate::pages::card::Card;

/// What may be in common.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kin {
    /// A package that the message concerns.
    Package,
    /// A user whom it concerns.
    User,
    /// The topic.
    Topic,
    /// Nothing.
    All,
}

/// What may be asked for, with its word in addresses and on the page.
pub const KINS: [(Kin, &str, &str); 4] = [
    (Kin::Package, "package", "same package"),
    (Kin::User, "user", "same user"),
    (Kin::Topic, "topic", "same topic"),
    (Kin::All, "all", "everything"),
];

/// Messages around one.
#[derive(Clone, Debug, Default)]
pub struct AroundMessage {
    /// What can be shown: its words, its word in addresses, and whether it is shown.
    pub tabs: Vec<(&'static str, &'static str, bool)>,
    /// The days, the newest first.
    pub days: Vec<AroundDay>,
    /// The path and query of the search for these, below the root.
    pub search: String,
}

/// The messages of a day, the newest first.
#[derive(Clone, Debug)]
pub struct AroundDay {
    /// The day as people say it.
    pub heading: String,
    /// The messages; none in the place of the one that they are around.
    pub cards: Vec<(Card, bool)>,
}

/// The days of messages, newest first, of which the one at `place` is the one that they are around.
pub fn days(cards: Vec<Card>, place: usize) -> Vec<AroundDay> {
    let mut days: Vec<AroundDay> = Vec::new();
    for (number, card) in cards.into_iter().enumerate() {
        if days.last().is_none_or(|day| day.heading != card.day) {
            days.push(AroundDay {
                heading: card.day.clone(),
                cards: Vec::new(),
            });
        }
        if let Some(day) = days.last_mut() {
            day.cards.push((card, number == place));
        }
    }
    days
}
