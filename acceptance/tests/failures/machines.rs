//! The machine of the database dies, and another takes its place.

use std::time::{Duration, Instant};

use devstack::{RabbitOptions, StopMode};

use crate::far::Far;
use crate::stack::{QUEUE, Stack};
use crate::stream::Stream;
use crate::support::programs::{Grepper, config};
use crate::support::{eventually, rows};

/// What happens within a minute has more than that here, where much happens at once.
const PATIENCE: Duration = Duration::from_secs(100);
const SEARCH: &str = "/raw?rows_per_page=1";

/// Both programs, whose database is on a machine that may die.
struct Between {
    far: Option<Far>,
    stack: Stack,
    grepper: Grepper,
    stream: Stream,
}

impl Between {
    /// None, with a word, without the right to make a network.
    fn start() -> Option<Self> {
        let Some(far) = Far::new() else {
            println!("skipped: no right to make a network");
            return None;
        };
        let mut url = String::new();
        let stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
            let near = authority(&database.url);
            far.lead_to(near.parse().expect("an address"));
            url = database.url.replace(near, &far.server().to_string());
            config(&rabbit.url(), &url, QUEUE, "load.#")
        });
        let grepper = Grepper::start(&url, &[]);
        let stream = Stream::start(&stack.rabbit.url(), 50);
        stack.wait_for_stored(50);
        assert_eq!(grepper.get(SEARCH).status, 200);
        Some(Self {
            far: Some(far),
            stack,
            grepper,
            stream,
        })
    }

    /// The machine dies while both programs wait for an answer. Answers what brings another.
    fn die(&mut self) -> impl FnOnce(&mut Self) + use<> {
        let lock = self.stack.lock_messages();
        let url = format!("{}{SEARCH}", self.grepper.authority);
        let asked = std::thread::spawn(move || crate::support::http::get(&url).status);
        eventually("both wait for a lock", PATIENCE, || self.waiting() == 2);
        let again = self.far.take().expect("alive").die();
        self.stack
            .postgres
            .stop(StopMode::Immediate)
            .expect("stopped");
        move |this: &mut Self| {
            this.stack.postgres.start_again().expect("started");
            this.stack.unlock(lock);
            let far = again();
            let near = authority(&this.stack.database.url);
            far.lead_to(near.parse().expect("an address"));
            this.far = Some(far);
            // By then, it may have been asked of the other one.
            let status = asked.join().expect("an answer");
            assert!([200, 503].contains(&status), "{status}");
        }
    }

    /// How many of the programs wait for a lock.
    fn waiting(&self) -> usize {
        let sql =
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
        rows(&self.stack.postgres, &self.stack.database.name, sql).len()
    }
}

/// Host and port of a URL with a user.
fn authority(url: &str) -> &str {
    let (_, rest) = url.split_once('@').expect("a user");
    rest.split('/').next().expect("a part")
}

#[test]
fn a_machine_that_dies_within_a_statement_is_given_up_and_the_next_one_is_taken() {
    let Some(mut between) = Between::start() else {
        return;
    };
    let stored = between.stack.stored();
    let return_ = between.die();
    let word = "the database has not answered yet";
    let mut longest = Duration::ZERO;
    eventually("both tell that they wait", PATIENCE, || {
        for path in [SEARCH, "/healthz/ready"] {
            let start = Instant::now();
            assert_eq!(between.grepper.get(path).status, 503);
            longest = longest.max(start.elapsed());
        }
        let log = between.grepper.process.log().expect("a log");
        log.contains(word) && between.stack.nommer.log().contains(word)
    });
    println!("requests were refused within {longest:?}");
    return_(&mut between);
    eventually("nommer goes on", PATIENCE, || {
        between.stack.stored() > stored
    });
    eventually("grepper goes on", PATIENCE, || {
        between.grepper.get(SEARCH).status == 200
    });
    between.stack.assert_all_stored_once(between.stream);
}

#[test]
fn a_stop_while_a_dead_machine_is_waited_for_ends_in_time_and_loses_nothing() {
    let Some(mut between) = Between::start() else {
        return;
    };
    let return_ = between.die();
    between.grepper.process.terminate().expect("signalled");
    let code = between.stack.nommer.terminate();
    assert!(
        code.is_some_and(|code| code != 0),
        "it could not flush: {code:?}"
    );
    let ended = between.grepper.process.wait(PATIENCE).expect("waited");
    assert!(ended.is_some(), "grepper is still there");
    return_(&mut between);
    between.stack.nommer.start_again();
    between.stack.assert_all_stored_once(between.stream);
}
