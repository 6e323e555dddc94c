//! The class of a topic, which stands beside a component, spares looks at messages and hides none.

use std::cell::Cell;
use std::time::Duration;

use archive::{Addition, Inquiry, NewMessage, Order, Span};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::inquire::{about, inquiry, told};
use crate::support::{Fixture, at, migrated, position, wrong};

const TAG: &str = "*.*.prod.buildsys.tag";
const FED: &str = "*.*.prod.zoo.fed.#";

/// Messages about a package, told apart by their topics.
fn archive() -> Fixture {
    let fixture = migrated();
    let subjects = ["package:zsh", "module:zsh", "build:1"];
    fixture.store([
        about("a", 0, "prod.buildsys.tag", &subjects),
        about("b", 1, "prod.buildsys.tag", &subjects),
        about("c", 2, "prod.zoo.fed", &subjects),
    ]);
    fixture
}

/// The ids of the messages about the package with a topic.
fn with(fixture: &Fixture, topic: &str) -> String {
    let (told, complete) = told(fixture, &[vec![inquiry(&["package:zsh"], &[topic])]]);
    assert!(complete);
    told.concat()
}

/// How many rows have a class.
fn classed(fixture: &Fixture) -> String {
    fixture.sql("SELECT count(topic_class) FROM message_subjects")
}

#[test]
fn whatever_way_messages_are_stored_the_class_of_their_topic_is_known() {
    let fixture = archive();
    assert_eq!(classed(&fixture), "6");
    // With a duplicate, rows are inserted and not copied.
    let subjects = ["package:zsh"];
    fixture.store([
        about("a", 0, "prod.buildsys.tag", &subjects),
        about("d", 3, "prod.buildsys.tag", &subjects),
    ]);
    assert_eq!(classed(&fixture), "7");
    assert_eq!(with(&fixture, TAG), "abd");
    // It is what is gone by.
    fixture.sql(
        "UPDATE message_subjects SET topic_class = 7 WHERE msg_timestamp < '2024-05-01 12:00:01'",
    );
    assert_eq!(with(&fixture, TAG), "bd");
}

#[test]
fn a_message_whose_class_is_not_known_is_found() {
    let fixture = archive();
    // As another program stores them.
    fixture.sql("UPDATE message_subjects SET topic_class = NULL");
    assert_eq!(
        (with(&fixture, TAG), with(&fixture, FED)),
        ("ab".into(), "c".into())
    );
}

#[test]
fn a_message_with_another_topic_is_found_by_that() {
    let fed = "'org.fedoraproject.prod.zoo.fed.twice'";
    for change in [
        format!("UPDATE messages SET topic = {fed} WHERE msg_id = 'a'"),
        format!("UPDATE messages_y2024 SET topic = {fed} WHERE msg_id = 'a'"),
        format!("UPDATE messages SET topic = {fed}, id = id + 1000 WHERE msg_id = 'a'"),
        format!(
            "UPDATE messages SET topic = {fed}, \"timestamp\" = '2025-01-01' WHERE msg_id = 'a'"
        ),
        format!(
            "INSERT INTO messages SELECT * FROM messages WHERE msg_id = 'a'
             ON CONFLICT (msg_id, \"timestamp\") DO UPDATE SET topic = {fed}"
        ),
        format!(
            "MERGE INTO messages m USING (VALUES ('a')) AS new (id) ON m.msg_id = new.id
             WHEN MATCHED THEN UPDATE SET topic = {fed}"
        ),
        format!(
            "CREATE FUNCTION feed() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN NEW.topic := {fed}; RETURN NEW; END $$;
             CREATE TRIGGER zoo BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION feed();
             UPDATE messages SET agent_name = 'ann' WHERE msg_id = 'a'"
        ),
    ] {
        let fixture = archive();
        fixture.sql(&change);
        assert_eq!(with(&fixture, TAG), "b", "{change}");
        assert_eq!(with(&fixture, FED), "ac", "{change}");
        assert_eq!(classed(&fixture), "4", "that of others is kept: {change}");
        assert_eq!(wrong(&fixture), [], "{change}");
    }
}

#[test]
fn the_class_goes_along_with_its_message() {
    let fixture = archive();
    for change in [
        "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '1 hour'",
        "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '2 years', topic = topic",
        "UPDATE messages SET id = id + 1000, agent_name = 'ann'",
        "UPDATE messages SET topic = topic",
    ] {
        fixture.sql(change);
        assert_eq!(
            (with(&fixture, TAG), with(&fixture, FED)),
            ("ab".into(), "c".into())
        );
        assert_eq!(classed(&fixture), "6", "{change}");
    }
}

/// Stores anew what all messages are about.
fn amend(fixture: &Fixture) {
    let all = fixture.all();
    let positions: Vec<_> = all.iter().map(position).collect();
    let stored = fixture.reader.subjects(&positions).expect("read");
    let additions = all.iter().zip(stored).map(|(message, stored)| Addition {
        position: position(message),
        users: Vec::new(),
        packages: Vec::new(),
        agent_name: None,
        subjects: Some(stored.subjects),
    });
    let additions: Vec<Addition> = additions.collect();
    fixture.writer.amend(&additions).expect("amended");
}

#[test]
fn subjects_that_are_stored_with_another_class_or_none_are_told_and_amended() {
    let fixture = archive();
    let known = || {
        let all = fixture.all();
        let positions: Vec<_> = all.iter().map(position).collect();
        let stored = fixture.reader.subjects(&positions).expect("read");
        let known = all.iter().zip(&stored);
        let known = known.map(|(message, stored)| stored.are(&stored.subjects, &message.topic));
        known.collect::<Vec<_>>()
    };
    assert_eq!(known(), [true; 3]);
    fixture.sql(
        "UPDATE message_subjects SET topic_class = NULL WHERE msg_id = (SELECT id FROM messages WHERE msg_id = 'a');
         UPDATE message_subjects SET topic_class = 7 WHERE subjects IS NULL
             AND msg_id = (SELECT id FROM messages WHERE msg_id = 'b')",
    );
    assert_eq!(known(), [false, false, true]);
    amend(&fixture);
    assert_eq!(
        (known(), classed(&fixture)),
        (vec![true; 3], "6".to_owned())
    );
}

#[test]
fn a_topic_that_changes_while_subjects_are_amended_is_that_of_the_class() {
    let fixture = archive();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            fixture.sql(
                "BEGIN; UPDATE messages SET topic = 'org.fedoraproject.prod.zoo.fed' WHERE msg_id = 'a';
                 SELECT pg_sleep(1); COMMIT",
            )
        });
        let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        while fixture.sql(sleeping) != "1" {
            std::thread::sleep(Duration::from_millis(20));
        }
        amend(&fixture);
    });
    assert_eq!(
        (with(&fixture, TAG), with(&fixture, FED)),
        ("b".into(), "ac".into())
    );
    assert_eq!(classed(&fixture), "6");
}

#[test]
fn after_a_million_messages_of_other_classes_it_is_told_that_there_may_be_more() {
    let fixture = migrated();
    let component = "package:zsh";
    fixture.store([about("a", 0, "prod.buildsys.tag", &[component])]);
    fixture.sql(&format!(
        "SET session_replication_role = replica; TRUNCATE message_subjects;
         INSERT INTO message_subjects (msg_id, msg_timestamp, component, topic_class)
         SELECT n, '2024-05-02', (64::bigint << 56) | ('x' || encode(substr(sha256('{component}'), 1, 7), 'hex'))::bit(56)::bigint, 7
         FROM generate_series(1, 1000000) AS n;
         UPDATE messages SET id = 1, \"timestamp\" = '2024-05-02'"
    ));
    let ask = || told(&fixture, &[vec![inquiry(&[component], &[TAG])]]);
    assert_eq!(ask(), (vec!["a".to_owned()], false));
    fixture.sql(
        "SET session_replication_role = replica; DELETE FROM message_subjects WHERE msg_id = 7",
    );
    assert_eq!(ask(), (Vec::new(), true));
}

/// Topics of few words, so that many fit a pattern.
fn topic() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["a", "b", "prod", ""]);
    prop::collection::vec(word, 1..8).prop_map(|words| words.join("."))
}

fn pattern() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["a", "b", "prod", "*", "*", "a*"]);
    let end = prop::sample::select(vec!["", ".#", ".#"]);
    (prop::collection::vec(word, 1..8), end).prop_map(|(words, end)| words.join(".") + end)
}

fn asked() -> impl Strategy<Value = Inquiry> {
    let subjects = prop::sample::subsequence(vec!["package:zsh", "module:zsh", "build:1"], 1..3);
    let topics = prop::collection::vec(pattern(), 1..3);
    (subjects, topics, 1..20_usize, any::<bool>(), 0..20_i64).prop_map(
        |(subjects, topics, limit, is_oldest, from)| {
            let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
            Inquiry {
                time: Span::between(at(from), at(60)),
                order: if is_oldest {
                    Order::Ascending
                } else {
                    Order::Descending
                },
                limit,
                ..inquiry(&subjects, &topics)
            }
        },
    )
}

#[test]
fn with_and_without_classes_the_answers_are_the_same() {
    let fixture = migrated();
    let message = (
        topic(),
        prop::sample::subsequence(vec!["package:zsh", "module:zsh", "build:1"], 1..3),
    );
    let cases = (
        prop::collection::vec(message, 20..40),
        prop::collection::vec(asked(), 30),
    );
    let mut runner = TestRunner::new(Config {
        cases: 20,
        failure_persistence: None,
        ..Config::default()
    });
    let found = Cell::new(0);
    runner
        .run(&cases, |(messages, inquiries)| {
            fixture.sql("TRUNCATE messages");
            let messages = (0..)
                .zip(messages)
                .map(|(number, (topic, subjects))| NewMessage {
                    topic,
                    ..about(&format!("{number:02}"), number, "", &subjects)
                });
            fixture.store(messages.collect::<Vec<_>>());
            let ask = || {
                let each = inquiries.iter();
                each.map(|inquiry| told(&fixture, &[vec![inquiry.clone()]]))
                    .collect::<Vec<_>>()
            };
            let with = ask();
            fixture.sql("UPDATE message_subjects SET topic_class = NULL");
            prop_assert_eq!(&with, &ask());
            let told = with.iter().map(|(told, _)| told.len());
            found.set(found.get() + told.sum::<usize>());
            Ok(())
        })
        .expect("the same");
    assert!(found.get() > 300, "{} were found", found.get());
}
