//! The stream of messages.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use crate::applications::Applications;
use crate::random::Random;
use crate::sample::Sample;
use crate::scene::Scene;
use crate::walk::Walk;
use crate::world::World;

/// An endless source of messages.
#[derive(Debug)]
pub struct Traffic {
    random: Random,
    world: World,
    applications: Applications,
    walk: Walk,
}

impl Traffic {
    /// The traffic of `seed`. Users, packages and topics of its n-th message are
    /// always the same; only the times in it depend on when it is sent.
    pub fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            world: World::new(),
            applications: Applications::new(),
            walk: Walk::default(),
        }
    }

    /// The next message, sent at `time` to the second. Stories end as they say where times do not go back.
    pub fn message(&mut self, time: DateTime<Utc>) -> Sample {
        let now = time.duration_trunc(TimeDelta::seconds(1)).unwrap_or(time);
        // Each message has random numbers of its own: one that draws more of them
        // after a change leaves the others as they were.
        let mut random = Random::new(self.random.bits());
        let id = random.uuid().to_string();
        let is_of_story = self.walk.is_due(&mut random);
        let mut scene = Scene {
            world: &self.world,
            random: &mut random,
            now,
        };
        let (event, ends) = if is_of_story {
            self.walk.next(&mut scene)
        } else {
            let application = self.applications.choose(scene.random);
            (application(&mut scene), None)
        };
        Sample {
            ends: ends.map(Box::new),
            ..Sample::new(id, now, event)
        }
    }

    /// The NVRs of builds whose stories are being told, the one that has the most to come first.
    pub fn being_told(&self) -> Vec<String> {
        self.walk.being_told()
    }

    /// The next `count` messages, spread over `span` up to `end`, oldest first.
    pub fn history(
        &mut self,
        count: u32,
        span: TimeDelta,
        end: DateTime<Utc>,
    ) -> impl Iterator<Item = Sample> {
        let step = span.num_milliseconds() / i64::from(count.max(1));
        (1..=i64::from(count)).map(move |index| {
            let jitter = (self.random.unit() * step as f64) as i64;
            let age = (i64::from(count) - index) * step + jitter;
            self.message(end - TimeDelta::milliseconds(age))
        })
    }
}

/// The traffic of `seed` as one pure stream: about a message per second from the
/// beginning of 2026 on, without end.
pub fn messages(seed: u64) -> impl Iterator<Item = Sample> {
    let mut traffic = Traffic::new(seed);
    let mut time = DateTime::from_timestamp_secs(1_767_225_600).unwrap_or_default();
    std::iter::repeat_with(move || {
        let gap = -(1.0 - traffic.random.unit()).ln();
        time += TimeDelta::milliseconds((gap * 1000.0) as i64);
        traffic.message(time)
    })
}
