//! Messages are followed from one to the next: by subjects, topics and time, each once and within bounds.

use std::cell::RefCell;
use std::time::Duration;

use archive::{
    Body, ConnectionOptions, Excerpt, Inquirer, Inquiry, NewMessage, Order, Reader, Span, Subject,
};

use crate::support::{Fixture, at, message, migrated};

/// Asks round after round and keeps what it is told.
#[derive(Default)]
pub struct Asking {
    rounds: Vec<Vec<Inquiry>>,
    pub told: Vec<String>,
    pub reached: Vec<usize>,
}

impl Asking {
    /// Asks this and no more.
    pub fn once(inquiry: Inquiry) -> Self {
        Self {
            rounds: vec![vec![inquiry]],
            ..Self::default()
        }
    }
}

impl Inquirer for Asking {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        self.rounds.pop().unwrap_or_default()
    }

    fn reached(&mut self, inquiry: usize) {
        self.reached.push(inquiry);
    }

    fn take(&mut self, excerpt: Excerpt) {
        assert!(excerpt.body.starts_with('{') && excerpt.id > 0);
        self.told.extend(excerpt.msg_id);
    }
}

/// Begins to ask nothing.
pub fn nothing() -> impl Fn() -> Asking {
    Asking::default
}

pub fn inquiry(subjects: &[&str], topics: &[&str]) -> Inquiry {
    Inquiry {
        subjects: subjects.iter().map(|text| Subject::written(text)).collect(),
        topics: topics.iter().map(|&topic| topic.to_owned()).collect(),
        time: Span::ALL,
        order: Order::Descending,
        limit: 100,
    }
}

pub fn about(msg_id: &str, second: i64, topic: &str, subjects: &[&str]) -> NewMessage {
    NewMessage {
        topic: format!("org.fedoraproject.{topic}"),
        timestamp: at(second),
        subjects: subjects.iter().map(|text| Subject::written(text)).collect(),
        ..message(msg_id)
    }
}

/// What these rounds are told, sorted, and whether it is all.
pub fn told(fixture: &Fixture, rounds: &[Vec<Inquiry>]) -> (Vec<String>, bool) {
    let begin = || Asking {
        rounds: rounds.iter().rev().cloned().collect(),
        ..Asking::default()
    };
    let answered = fixture.reader.inquire(begin).expect("answered");
    let mut told = answered.inquirer.told;
    told.sort_unstable();
    (told, answered.complete)
}

pub fn filled() -> Fixture {
    let fixture = migrated();
    fixture.store([
        about("a", 0, "prod.buildsys.tag", &["build:1", "package:zsh"]),
        about("b", 1, "prod.buildsys.untag", &["build:1", "package:zsh"]),
        about("c", 2, "prod.ci.test.done", &["build:1", "build:2"]),
        about("d", 3, "stg.buildsys.tag", &["build:1", "package:zsh"]),
        about("e", 4, "prod.buildsys.tag", &["build:2", "package:zsh"]),
        about("f", 5, "prod.bodhi.compose", &[]),
        about("g", 6, "prod.bodhi.compose", &[]),
    ]);
    fixture
}

#[test]
fn inquiries_find_messages_by_subject_topic_and_time_up_to_a_limit() {
    let fixture = filled();
    let check = |inquiry: Inquiry, expected: &str| {
        let (told, complete) = told(&fixture, &[vec![inquiry.clone()]]);
        assert_eq!(
            (told.concat().as_str(), complete),
            (expected, true),
            "{inquiry:?}"
        );
    };
    let any = ["#"];
    let tags = ["*.*.prod.buildsys.tag"];
    check(inquiry(&["build:1"], &["*.*.prod.#"]), "abc");
    check(inquiry(&["build:1"], &tags), "a");
    check(inquiry(&["build:1"], &["*.prod.buildsys.tag"]), "");
    check(
        inquiry(&["build:1", "build:2"], &["*.*.prod.ci.#", tags[0]]),
        "ace",
    );
    check(inquiry(&["build:7"], &["*.*.#"]), "");
    check(inquiry(&["package:zsh"], &["*.*.prod.buildsys.#"]), "abe");
    check(
        inquiry(&["package:zsh", "build:2"], &["*.*.prod.#"]),
        "abce",
    );
    let composes = inquiry(&[], &["org.fedoraproject.prod.bodhi.compose"]);
    check(composes.clone(), "fg");
    let first = |inquiry: Inquiry| Inquiry {
        order: Order::Ascending,
        limit: 1,
        ..inquiry
    };
    check(first(composes), "f");
    for subject in ["build:1", "package:zsh"] {
        let all = inquiry(&[subject], &["*.*.prod.buildsys.#"]);
        check(first(all.clone()), "a");
        let last = Inquiry {
            limit: 1,
            ..all.clone()
        };
        check(last, if subject == "build:1" { "b" } else { "e" });
        let time = Span::between(at(1), at(4));
        check(Inquiry { time, ..all }, "b");
    }
    assert_eq!(
        told(&fixture, &[vec![inquiry(&["build:1"], &any)]]).0,
        [""; 0]
    );
}

#[test]
fn a_message_that_many_inquiries_find_is_told_once() {
    let fixture = filled();
    let rounds = [
        vec![
            inquiry(&["build:1"], &["*.*.prod.#"]),
            inquiry(&["build:2", "package:zsh"], &["*.*.prod.#"]),
        ],
        vec![inquiry(&["package:zsh"], &["*.*.#"])],
    ];
    assert_eq!(told(&fixture, &rounds).0.concat(), "abcde");
}

#[test]
fn who_asks_hears_which_inquiries_reached_their_limit() {
    let fixture = filled();
    let limited = |subjects: &[&str], topics: &[&str], limit| Inquiry {
        limit,
        ..inquiry(subjects, topics)
    };
    let compose = ["org.fedoraproject.prod.bodhi.compose"];
    let round = [
        limited(&["build:1"], &["*.*.prod.#"], 4),
        limited(&["build:1"], &["*.*.prod.#"], 2),
        limited(&["package:zsh"], &["*.*.prod.#"], 4),
        limited(&["package:zsh"], &["*.*.prod.#"], 3),
        limited(&["build:7"], &["*.*.prod.#"], 1),
        limited(&[], &compose, 2),
        limited(&[], &compose, 3),
    ];
    let begin = || Asking {
        rounds: vec![round.to_vec()],
        ..Asking::default()
    };
    let answered = fixture.reader.inquire(begin).expect("answered");
    assert_eq!(answered.inquirer.reached, [1, 3, 5]);
    assert!(answered.complete);
}

#[test]
fn huge_bodies_and_many_messages_are_left_out_and_it_is_told() {
    let fixture = filled();
    let mut huge = about("h", 7, "prod.buildsys.tag", &["build:1"]);
    huge.body = Body::parse(&format!("{{\"a\": \"{}\"}}", "x".repeat(5 << 20))).expect("a body");
    fixture.store([huge]);
    let builds = inquiry(&["build:1"], &["*.*.prod.#"]);
    let (found, complete) = told(&fixture, &[vec![builds]]);
    assert_eq!((found.concat().as_str(), complete), ("abc", false));

    let number = i64::from_str_radix("4000000000000000", 16).expect("a number");
    fixture.sql(&format!(
        "INSERT INTO messages (id, msg_id, i, topic, \"timestamp\", category, msg)
         SELECT n, 'n' || n, 0, 'a.b.prod.c', '2024-05-02', 'c', '{{}}' FROM generate_series(100001, 125000) AS n;
         INSERT INTO message_subjects (msg_id, msg_timestamp, component, subjects)
         SELECT n, '2024-05-02', {number}, '{{7}}' FROM generate_series(100001, 125000) AS n;
         UPDATE message_subjects SET component = (SELECT component FROM message_subjects WHERE component <> {number} AND component <> 0 LIMIT 1)
         WHERE component = {number}"
    ));
    let rare = inquiry(&["package:zsh"], &["*.*.prod.buildsys.untag"]);
    let (_, complete) = told(&fixture, &[vec![rare.clone()]]);
    assert!(!complete);
    // What cannot have the topic is not looked at.
    fixture.sql("UPDATE message_subjects SET topic_class = 7 WHERE subjects = '{7}'");
    let (found, complete) = told(&fixture, &[vec![rare]]);
    assert_eq!((found.concat().as_str(), complete), ("b", true));
}

/// Takes what it is told as slowly as this has it.
struct Slow<'a> {
    asked: Vec<Inquiry>,
    takes: &'a dyn Fn(),
}

impl Inquirer for Slow<'_> {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        std::mem::take(&mut self.asked)
    }

    fn reached(&mut self, _: usize) {}

    fn take(&mut self, _: Excerpt) {
        (self.takes)();
    }
}

fn slow<'a>(takes: &'a dyn Fn()) -> impl Fn() -> Slow<'a> {
    move || Slow {
        asked: vec![inquiry(&["build:1"], &["*.*.prod.#"])],
        takes,
    }
}

#[test]
fn nothing_is_held_open_at_the_database_while_a_message_is_taken() {
    let fixture = filled();
    let seen = RefCell::new(Vec::new());
    let look = || {
        let sessions = "SELECT state FROM pg_stat_activity WHERE datname = current_database()
                        AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                        AND query LIKE '%wanted%' AND application_name = 'test'";
        seen.borrow_mut()
            .push(fixture.sql(sessions).trim().to_owned());
    };
    fixture.reader.inquire(slow(&look)).expect("answered");
    assert_eq!(seen.into_inner(), ["idle"; 3]);
}

#[test]
fn the_time_in_which_messages_are_taken_is_not_the_databases() {
    let fixture = filled();
    let reader = Reader::new(&ConnectionOptions {
        statement_timeout: Some(Duration::from_millis(500)),
        ..fixture.read_only()
    });
    // Beyond the limit, and what is added to it before a database is taken for dead.
    let rest = || std::thread::sleep(Duration::from_millis(2_500));
    let begin = || Slow {
        asked: vec![
            inquiry(&["build:1"], &["*.*.prod.#"]),
            inquiry(&["build:2"], &["*.*.prod.#"]),
        ],
        takes: &rest,
    };
    let answer = reader.inquire(begin);
    assert!(answer.is_ok(), "{:?}", answer.err());
}
