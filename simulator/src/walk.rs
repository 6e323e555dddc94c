//! Whole stories, several at a time. They go on by the number of messages and not by the clock: a story takes about
//! 700 messages of all traffic, which are six minutes at two a second, and days in a history of a month.

mod act;
mod plots;
mod script;
mod tale;
mod telling;

use std::cmp::Reverse;

use crate::event::Event;
use crate::random::Random;
use crate::scene::Scene;
use crate::story::Story;
use plots::PLOTS;
use tale::Tale;

/// Of a hundred messages, so many belong to stories.
const SHARE: u64 = 20;

/// How many stories are told at a time.
const OPEN: usize = 4;

/// The stories that are being told.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    begun: u64,
    /// The plots that have yet to be told before any comes again.
    deck: Vec<usize>,
    open: Vec<Tale>,
    /// The story that has the next word, as what it says next belongs to what it said last.
    goes_on: Option<usize>,
}

impl Walk {
    /// Whether the next message belongs to a story.
    pub(crate) fn is_due(&self, random: &mut Random) -> bool {
        random.percent(SHARE) || self.goes_on.is_some()
    }

    /// The next message of a story, with the story if that was its last.
    pub(crate) fn next(&mut self, scene: &mut Scene) -> (Event, Option<Story>) {
        while self.open.len() < OPEN {
            let tale = self.begin(scene);
            self.open.push(tale);
        }
        let some = || scene.random.index(OPEN);
        let place = self.goes_on.take().unwrap_or_else(some);
        let (event, goes_on) = telling::next(&mut self.open[place], scene);
        if self.open[place].is_over() {
            let story = self.open.swap_remove(place).story();
            return (event, Some(story));
        }
        self.goes_on = goes_on.then_some(place);
        (event, None)
    }

    /// The NVRs of builds whose stories are being told, the one that has the most to come first.
    pub(crate) fn being_told(&self) -> Vec<String> {
        let mut open: Vec<&Tale> = self.open.iter().collect();
        open.sort_by_key(|tale| Reverse(tale.to_come()));
        open.iter().map(|tale| tale.builds[0].nvr()).collect()
    }

    fn begin(&mut self, scene: &mut Scene) -> Tale {
        if self.deck.is_empty() {
            self.deck.extend(0..PLOTS.len());
        }
        let plot = self.deck.swap_remove(scene.random.index(self.deck.len()));
        self.begun += 1;
        Tale::new(&PLOTS[plot], self.begun, scene)
    }
}
