//! How near a queue is to losing messages, by several looks at it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::bus::limits::Limits;

/// What a queue gained in this time is its growth.
const PRESENT: Duration = Duration::from_secs(120);
/// Less time tells no growth.
const LEAST: Duration = Duration::from_secs(10);
/// A queue that is as full as this is full: what it gains is what it loses.
const FULL: f64 = 0.99;
/// So many looks are known of which not all messages have been taken; every other one beyond that.
const MOST_MARKS: usize = 500;

/// What waits in a queue.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// Messages that are ready to be delivered.
    pub messages: u64,
    /// Bytes of their bodies, if that is known.
    pub bytes: Option<u64>,
}

/// How near it is to losing messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// What it holds of what it may: 1 is all.
    pub fullness: f64,
    /// In how many seconds messages are dropped, if it goes on growing as it does; `None` where it does not.
    pub loss_in: Option<f64>,
}

/// What was seen of a queue.
#[derive(Debug, Default)]
pub struct History {
    /// Of late.
    looks: VecDeque<Sighting>,
    /// When there were how many messages up to the end of the queue, those that had been taken before included.
    marks: VecDeque<(Instant, u64)>,
    /// All that had come until then has been taken.
    taken_until: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Sighting {
    at: Instant,
    /// Messages, bytes, and seconds for which the oldest message has waited at most.
    levels: [Option<f64>; 3],
}

impl History {
    /// Notes what waits, when so many messages had been `taken` of the queue.
    pub fn note(&mut self, now: Instant, waiting: Waiting, taken: u64) {
        self.marks.push_back((now, taken + waiting.messages));
        while let Some((at, end)) = self.marks.front().copied()
            && end <= taken
        {
            self.taken_until = Some(at);
            self.marks.pop_front();
        }
        if self.marks.len() > MOST_MARKS {
            let mut keep = false;
            self.marks.retain(|_| {
                keep = !keep;
                keep
            });
        }
        let oldest = self.taken_until.map(|until| (now - until).as_secs_f64());
        self.looks.push_back(Sighting {
            at: now,
            levels: [
                Some(waiting.messages as f64),
                waiting.bytes.map(|bytes| bytes as f64),
                oldest,
            ],
        });
        while self
            .looks
            .front()
            .is_some_and(|look| now - look.at > PRESENT)
        {
            self.looks.pop_front();
        }
    }

    /// What these looks tell under these limits; `None` if there is none of what is known.
    pub fn outlook(&self, limits: Limits) -> Option<Outlook> {
        let last = self.looks.back()?;
        let limits = [
            limits.messages.map(|messages| messages as f64),
            limits.bytes.map(|bytes| bytes as f64),
            limits.age.map(|age| age.as_secs_f64()),
        ];
        let outlooks = limits.into_iter().enumerate().filter_map(|(at, limit)| {
            // A limit of nothing is always reached.
            let (limit, level) = (limit?.max(f64::MIN_POSITIVE), last.levels[at]?);
            let fullness = level / limit;
            let growth = self.growth(at).filter(|growth| *growth > 0.0);
            let loss_in = match fullness >= FULL {
                true => Some(0.0),
                false => growth.map(|growth| (limit - level) / growth),
            };
            Some(Outlook { fullness, loss_in })
        });
        outlooks.reduce(Outlook::and)
    }

    /// How much this level grows in a second.
    fn growth(&self, level: usize) -> Option<f64> {
        let known = |look: &Sighting| Some((look.at, look.levels[level]?));
        let (first, before) = self.looks.iter().find_map(known)?;
        let (last, now) = self.looks.back().and_then(known)?;
        let time = last - first;
        (time >= LEAST).then(|| (now - before) / time.as_secs_f64())
    }
}

impl Outlook {
    /// What comes first.
    fn and(self, other: Self) -> Self {
        let both = [self.loss_in, other.loss_in].into_iter().flatten();
        Self {
            fullness: self.fullness.max(other.fullness),
            loss_in: both.reduce(f64::min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every 15 seconds at a queue, of which one says the messages, the bytes and those taken before.
    fn seen(looks: &[(u64, u64, u64)]) -> History {
        let mut history = History::default();
        let start = Instant::now();
        for (number, (messages, bytes, taken)) in (0..).zip(looks) {
            let waiting = Waiting {
                messages: *messages,
                bytes: Some(*bytes),
            };
            history.note(start + number * Duration::from_secs(15), waiting, *taken);
        }
        history
    }

    fn of_messages(messages: u64) -> Limits {
        Limits {
            messages: Some(messages),
            ..Limits::default()
        }
    }

    fn of_age(seconds: u64) -> Limits {
        Limits {
            age: Some(Duration::from_secs(seconds)),
            ..Limits::default()
        }
    }

    fn outlook(fullness: f64, loss_in: Option<f64>) -> Option<Outlook> {
        Some(Outlook { fullness, loss_in })
    }

    #[test]
    fn the_time_that_is_left_is_the_room_by_the_growth() {
        // Ten messages of 100 bytes a second.
        let growing = seen(&[(0, 0, 5), (150, 15_000, 5), (300, 30_000, 5)]);
        assert_eq!(
            growing.outlook(of_messages(1_200)),
            outlook(0.25, Some(90.0))
        );
        let both = Limits {
            bytes: Some(40_000),
            ..of_messages(1_200)
        };
        assert_eq!(growing.outlook(both), outlook(0.75, Some(10.0)));
        assert_eq!(growing.outlook(Limits::default()), None);
        let once = seen(&[(300, 0, 0)]);
        assert_eq!(once.outlook(of_messages(1_200)), outlook(0.25, None));
        let shrinking = seen(&[(300, 0, 0), (150, 0, 150)]);
        assert_eq!(shrinking.outlook(of_messages(600)), outlook(0.25, None));
        let full = seen(&[(995, 0, 0), (993, 0, 0)]);
        assert_eq!(full.outlook(of_messages(1_000)), outlook(0.993, Some(0.0)));
        assert_eq!(
            full.outlook(of_messages(0)).and_then(|is| is.loss_in),
            Some(0.0)
        );
    }

    #[test]
    fn only_growth_of_late_counts() {
        let mut looks = vec![(0, 0, 0); 20];
        looks.extend([(150, 0, 0), (300, 0, 0)]);
        let loss_in = seen(&looks)
            .outlook(of_messages(1_000))
            .and_then(|is| is.loss_in);
        assert_eq!(loss_in, Some(700.0 / (300.0 / 120.0)));
    }

    #[test]
    fn what_waits_is_as_old_as_the_time_since_which_nothing_of_it_was_taken() {
        // Some always wait, and none of them for long.
        let busy: Vec<_> = (0..20).map(|number| (10, 0, 1_000 * number)).collect();
        assert_eq!(seen(&busy).outlook(of_age(150)), outlook(0.1, None));
        // The ten that were there at first are taken, and no others.
        let stuck = [(10, 0, 0), (10, 0, 10), (30, 0, 10), (40, 0, 10)];
        assert_eq!(seen(&stuck).outlook(of_age(90)), outlook(0.5, Some(45.0)));
        // Nobody knows how old what waits was at first.
        assert_eq!(seen(&[(10, 0, 0), (10, 0, 0)]).outlook(of_age(90)), None);
        let idle = vec![(0, 0, 7); 30];
        assert_eq!(seen(&idle).outlook(of_age(90)), outlook(0.0, None));
    }
}
