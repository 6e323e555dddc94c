//! Tests of what is remembered of roads, and until when.

use archive::{Arrival, News, Subject as About};
use proptest::prelude::*;

use super::*;

fn key(number: u8) -> RoadKey {
    RoadKey {
        subject: Subject::Task(number.to_string()),
        environment: "prod",
        as_of: None,
    }
}

fn about(number: u8) -> About {
    About::new("task", &number.to_string())
}

/// What was read when there were so many messages.
fn folded(number: u8, messages: usize) -> Arc<Folded> {
    Arc::new(Folded {
        roads: Vec::new(),
        cursor: String::new(),
        complete: true,
        interests: vec![Interest::subject(about(number)); messages + 1],
    })
}

fn messages(folded: &Folded) -> usize {
    folded.interests.len() - 1
}

/// What happens. Roads are those of three tasks.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A message about the task can be seen from now on.
    Store(u8),
    /// A look begins, which sees what can be seen.
    LookBegins,
    /// What the look saw is told, or that anything may have come.
    LookEnds { anything: bool },
    /// A road is going to be read.
    ReadBegins(u8),
    /// What can be seen of the road is read.
    Read,
    /// What was read is remembered.
    ReadEnds,
    /// Somebody asks.
    Ask(u8),
    /// Time passes.
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..3_u8).prop_map(Step::Store),
        3 => Just(Step::LookBegins),
        3 => (0..9).prop_map(|n| Step::LookEnds { anything: n == 0 }),
        2 => (0..3_u8).prop_map(Step::ReadBegins),
        2 => Just(Step::Read),
        3 => Just(Step::ReadEnds),
        4 => (0..3_u8).prop_map(Step::Ask),
        1 => Just(Step::Forget),
    ]
}

/// An archive, somebody who looks at it, one who reads it, and those who ask.
#[derive(Default)]
struct World {
    stored: Vec<u8>,
    told: usize,
    /// How many messages a look sees that goes on, and when it began.
    look: Option<(usize, usize)>,
    /// What is read, since when, and what of it was read.
    reading: Option<(u8, u64, Option<usize>)>,
    /// What was asked for, when, and how many messages about it could be seen then.
    asked: Vec<(u8, usize, usize)>,
    /// How many were answered from what is remembered.
    answered: usize,
}

impl World {
    fn seen(&self, number: u8) -> usize {
        self.stored.iter().filter(|about| **about == number).count()
    }

    fn take(&mut self, step: Step, now: usize, interested: &Interested, roads: &Roads) {
        match step {
            Step::Store(number) => self.stored.push(number),
            Step::LookBegins => {
                self.look.get_or_insert((self.stored.len(), now));
            }
            Step::LookEnds { anything } => {
                if let Some((seen, began)) = self.look.take() {
                    self.tell(seen, anything, interested);
                    self.answer(began, roads);
                }
            }
            Step::ReadBegins(number) => {
                self.reading.get_or_insert((number, roads.time(), None));
            }
            Step::Read => {
                if let Some((number, time, _)) = self.reading {
                    self.reading = Some((number, time, Some(self.seen(number))));
                }
            }
            Step::ReadEnds => {
                if let Some((number, time, Some(seen))) = self.reading.take() {
                    let folded = folded(number, seen);
                    roads.remember(key(number), folded, time, Origin::named("here"));
                }
            }
            Step::Ask(number) => self.asked.push((number, now, self.seen(number))),
            Step::Forget => roads.forget_old(),
        }
    }

    fn tell(&mut self, seen: usize, anything: bool, interested: &Interested) {
        let arrival = |number: &u8| Arrival {
            msg_id: None,
            topic: "a.b".to_owned(),
            category: "b".to_owned(),
            subjects: vec![about(*number)],
        };
        let new = self.stored[self.told..seen].iter().filter(|_| !anything);
        interested.tell(&News {
            arrivals: new.map(arrival).collect(),
            anything,
        });
        self.told = seen;
    }

    /// Answers those who asked before a look began.
    fn answer(&mut self, began: usize, roads: &Roads) {
        let (due, later) = self.asked.iter().partition(|(_, at, _)| *at < began);
        self.asked = later;
        for (number, _, seen) in due {
            if let Some(known) = roads.known(&key(number)) {
                self.answered += 1;
                let told = messages(&known.folded);
                assert!(told >= seen, "{told} of {seen} messages about {number}");
            }
        }
    }
}

#[test]
fn nobody_is_told_less_than_could_be_seen_when_it_asked() {
    let mut runner = proptest::test_runner::TestRunner::default();
    let answered = std::cell::Cell::new(0);
    let steps = proptest::collection::vec(step(), 1..200);
    let run = |steps: Vec<Step>| {
        let interested = Arc::<Interested>::default();
        let roads = Roads::new(interested.clone());
        let mut world = World::default();
        for (now, step) in steps.into_iter().enumerate() {
            world.take(step, now, &interested, &roads);
        }
        answered.set(answered.get() + world.answered);
        Ok(())
    };
    runner.run(&steps, run).expect("told");
    assert!(answered.get() > 100, "{} answers", answered.get());
}

#[test]
fn the_past_and_what_anything_may_change_is_not_remembered() {
    let roads = Roads::new(Arc::default());
    let remember = |key: &RoadKey, folded: Folded| {
        let origin = Origin::named("here");
        roads.remember(key.clone(), Arc::new(folded), roads.time(), origin);
        roads.known(key).is_some()
    };
    let with = |interests: u32| {
        let interest = |number: u32| Interest::topic(&number.to_string());
        Folded {
            roads: Vec::new(),
            cursor: String::new(),
            complete: true,
            interests: (0..interests).map(interest).collect(),
        }
    };
    let past = RoadKey {
        as_of: Some(NaiveDateTime::default()),
        ..key(1)
    };
    assert!(!remember(&past, with(1)));
    assert!(!remember(&key(2), with(3_000)));
    assert!(remember(&key(3), with(1_000)));
}

#[test]
fn what_is_remembered_is_bounded_by_all_that_it_holds() {
    let roads = Roads::new(Arc::default());
    let road = Road {
        subject: Subject::Task("7".to_owned()),
        package: None,
        branch: None,
        update: None,
        builds: Vec::new(),
        task: None,
        built_again_by: None,
        replaced_by: None,
        tags: vec!["x".repeat(10_000); 10],
        stages: Vec::new(),
    };
    for number in 0..2_000 {
        let key = RoadKey {
            subject: Subject::Task(number.to_string()),
            ..key(0)
        };
        let folded = Folded {
            roads: vec![road.clone(); 2],
            cursor: String::new(),
            complete: true,
            interests: vec![Interest::any(); 10],
        };
        assert!(folded.bytes() > 200_000);
        roads.remember(key, Arc::new(folded), roads.time(), Origin::named("here"));
    }
    let known = |number: u32| {
        let subject = Subject::Task(number.to_string());
        let key = RoadKey { subject, ..key(0) };
        roads.known(&key).is_some()
    };
    let held = (0..2_000).filter(|number| known(*number)).count();
    assert!(held > 40 && held * 200_000 <= LIMIT, "{held} of 200 kB");
    assert!(known(1_999));
}
