//! What is done to programs and servers while they work, and when.
//!
//! Three tracks run beside each other: servers and programs that end, what an admin does to the
//! database, and clients that behave badly. Within a track there is one thing at a time. Each track
//! goes through all that it has in an order drawn from the seed, again and again.

mod clients;
mod disturbance;
mod hostile;
mod locks;
mod programs;
mod schema;
mod servers;
mod sessions;

use std::sync::atomic::Ordering;
use std::time::Duration;

use simulator::Random;

use crate::disturbances::disturbance::Disturbance;
use crate::journal::clock;
use crate::scene::Scene;

/// Things that are done one after the other.
pub struct Track {
    pub name: &'static str,
    all: &'static [&'static [Disturbance]],
    /// Seconds from one start to the next, at least and at most.
    pauses: (u64, u64),
    /// Whether it is a fault where one does not succeed: it was to bring something back.
    must_succeed: bool,
}

/// All tracks.
pub const TRACKS: [Track; 3] = [
    Track {
        name: "servers",
        all: &[programs::ALL, servers::ALL],
        pauses: (20, 60),
        must_succeed: true,
    },
    Track {
        name: "admin",
        all: &[locks::ALL, schema::ALL, sessions::ALL],
        pauses: (30, 80),
        must_succeed: false,
    },
    Track {
        name: "clients",
        all: &[clients::ALL, hostile::ALL],
        pauses: (20, 45),
        must_succeed: false,
    },
];

/// A disturbance with its time.
pub struct Planned {
    at: Duration,
    what: Disturbance,
    seed: u64,
}

impl Track {
    /// What is done from `first` up to `last`, both since the start.
    pub fn plan(&self, random: &mut Random, first: Duration, last: Duration) -> Vec<Planned> {
        let (mut plan, mut at, mut bag) = (Vec::new(), first, Vec::new());
        loop {
            at += Duration::from_secs(random.between(self.pauses.0, self.pauses.1));
            if at >= last {
                return plan;
            }
            if bag.is_empty() {
                bag = self.all.concat();
            }
            let what = bag.swap_remove(random.index(bag.len()));
            plan.push(Planned {
                at,
                what,
                seed: random.bits(),
            });
        }
    }

    /// Does what is planned, each when its time has come and the one before has ended.
    pub fn run(&self, scene: &Scene, plan: &[Planned]) {
        for planned in plan {
            scene.wait_until(planned.at);
            if scene.over.load(Ordering::Relaxed) {
                return;
            }
            let Disturbance { name, excuses, run } = planned.what;
            let event = scene.journal.begin(name, excuses);
            match run(scene, &mut Random::new(planned.seed)) {
                Ok(outcome) => scene.journal.end(event, &outcome),
                Err(error) => {
                    scene.journal.end(event, &format!("failed: {error:#}"));
                    if self.must_succeed {
                        scene.journal.fault(&format!("{name}: {error:#}"));
                    }
                }
            }
        }
    }
}

impl Planned {
    /// A line for people.
    pub fn describe(&self) -> String {
        format!("{} {}", clock(self.at), self.what.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_follows_from_the_seed_and_leaves_nothing_out() {
        for track in &TRACKS {
            let plan = |seed| {
                let last = Duration::from_secs(3600);
                track.plan(&mut Random::new(seed), Duration::ZERO, last)
            };
            let lines = |seed| plan(seed).iter().map(Planned::describe).collect::<Vec<_>>();
            assert_eq!(lines(1), lines(1));
            assert_ne!(lines(1), lines(2));
            for disturbance in track.all.concat() {
                assert!(
                    plan(1)
                        .iter()
                        .any(|planned| planned.what.name == disturbance.name)
                );
            }
        }
    }
}
