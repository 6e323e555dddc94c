//! Messages whose sender gave no time, which both programs received: each stored the time at which it did.

use archive::adopt::Adopted;
use archive::{Body, Identity, NewMessage, Outcome};
use chrono::{NaiveDateTime, TimeDelta, Utc};

use crate::adopt::{Both, both};
use crate::support::{at, message, wrong};

const TOPIC: &str = "a.b.c.wiki.edit";

/// A message that the incumbent received.
fn theirs(id: &str, received: NaiveDateTime, headers: &str, body: &str) -> String {
    format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, source_name, source_version, msg, headers)
           VALUES ('{id}', 0, '{TOPIC}', '{received}', 'wiki', 'datanommer', '1.5.0', '{body}', '{headers}')"#
    )
}

/// A message without a sender's time, as nommer receives it.
fn ours(id: &str, received: NaiveDateTime) -> NewMessage {
    NewMessage {
        identity: Identity::Id,
        topic: TOPIC.to_owned(),
        timestamp: received,
        ..message(id)
    }
}

/// What is here: ids and seconds after noon.
fn stored(both: &Both) -> Vec<String> {
    let rows = "SELECT msg_id || ' ' || extract(epoch FROM \"timestamp\" - '2024-05-01 12:00')::bigint FROM messages ORDER BY \"timestamp\", 1";
    both.new.sql(rows).lines().map(str::to_owned).collect()
}

/// Takes over, and again: nothing is there twice, nothing is missing, and nothing is wrong.
#[track_caller]
fn assert_stays(both: &Both, expected: &[&str], received: u64, more_here: u64) {
    both.adopt();
    for _ in 0..2 {
        assert_eq!(stored(both), expected);
        let verified = both.verify();
        assert_eq!(verified.differences, Vec::<String>::new());
        assert_eq!(
            (verified.received, verified.more_here),
            (received, more_here)
        );
        assert_eq!(wrong(&both.new), []);
        both.new.sql("TRUNCATE adoption_slices");
        both.adopt();
    }
}

#[test]
fn message_without_a_senders_time_that_both_received_is_one() {
    let both = both();
    both.old.sql(&theirs("one", at(0), "{}", "{}"));
    // A header that is empty tells no time either, and it waited for hours.
    both.old
        .sql(&theirs("empty", at(10), r#"{"sent-at": ""}"#, "{}"));
    let mut empty = ours("empty", at(40_000));
    empty.headers = serde_json::from_str(r#"{"sent-at": ""}"#).expect("headers");
    both.new
        .store([ours("one", at(3)), empty, ours("only here", at(4))]);
    let adopted = both.adopt();
    assert_eq!((adopted.stored, adopted.duplicates()), (0, 2));
    assert_stays(&both, &["one 3", "only here 4", "empty 40000"], 2, 1);
}

#[test]
fn message_that_each_received_on_another_day_is_one() {
    let both = both();
    let midnight = 12 * 3600;
    both.old.sql(&theirs("one", at(midnight - 1), "{}", "{}"));
    both.old.sql(&theirs("two", at(midnight + 5), "{}", "{}"));
    both.new.store([ours("one", at(midnight + 1))]);
    assert_stays(&both, &["one 43201", "two 43205"], 1, 0);
}

#[test]
fn message_that_nommer_receives_after_it_was_taken_over_is_one() {
    let both = both();
    both.old.sql(&theirs("one", at(0), "{}", "{}"));
    both.adopt();
    let outcomes = both.new.store([ours("one", at(3))]);
    assert_eq!(outcomes, [Outcome::Duplicate]);
    assert_stays(&both, &["one 0"], 0, 0);
}

#[test]
fn what_the_incumbent_stored_twice_stays_twice() {
    let both = both();
    for seconds in [0, 10, 3 * 86_400] {
        both.old.sql(&theirs("one", at(seconds), "{}", "{}"));
    }
    // Something else under that id.
    both.old.sql(&theirs("one", at(20), "{}", r#"{"n": 1}"#));
    both.new.store([ours("one", at(1))]);
    assert_stays(&both, &["one 1", "one 10", "one 20", "one 259200"], 1, 0);
    assert_eq!(both.verify().doubled, 1);
}

#[test]
fn numbers_make_no_difference_that_are_written_in_other_words() {
    let both = both();
    both.old
        .sql(&theirs("one", at(0), "{}", r#"{"n": 1.1, "m": 100000.0}"#));
    let mut one = ours("one", at(3));
    one.body = Body::parse(r#"{"n":1.10,"m":1E5}"#).expect("a body");
    both.new.store([one]);
    assert_stays(&both, &["one 3"], 1, 0);
}

#[test]
fn messages_that_differ_are_two() {
    let both = both();
    let sent = r#"{"sent-at": "2024-05-01T12:00:00+00:00"}"#;
    both.old.sql(&theirs("timed", at(0), sent, "{}"));
    both.old.sql(&theirs("body", at(1), "{}", r#"{"n": 1}"#));
    both.old.sql(&theirs("topic", at(2), "{}", "{}"));
    both.old.sql(&theirs("late", at(3), "{}", "{}"));
    let mut timed = ours("timed", at(4));
    timed.headers = serde_json::from_str(sent).expect("headers");
    timed.identity = Identity::IdAndTime;
    let mut topic = ours("topic", at(6));
    topic.topic = "a.b.c.wiki.other".to_owned();
    both.new.store([
        timed,
        ours("body", at(5)),
        topic,
        ours("late", at(3 + 86_401)),
    ]);
    let expected = [
        "timed 0",
        "body 1",
        "topic 2",
        "late 3",
        "timed 4",
        "body 5",
        "topic 6",
        "late 86404",
    ];
    assert_stays(&both, &expected, 0, 3);
}

/// Does something while nommer is in the middle of storing a message.
fn while_storing(both: &Both, message: NewMessage, meanwhile: impl FnOnce() -> Adopted) {
    both.new.sql(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF current_setting('application_name') <> 'nommer adopt' THEN PERFORM pg_sleep(2); END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER dawdle BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION dawdle()",
    );
    let dawdles = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event = 'PgSleep'";
    std::thread::scope(|scope| {
        scope.spawn(|| both.new.store([message]));
        while both.new.sql(dawdles) == "0" {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        meanwhile();
    });
}

#[test]
fn message_that_nommer_is_storing_meanwhile_is_one() {
    let both = both();
    let now = Utc::now().naive_utc();
    both.old.sql(&theirs("one", now, "{}", "{}"));
    let one = ours("one", now + TimeDelta::seconds(3));
    while_storing(&both, one, || both.adopt());
    assert_eq!(both.new.sql("SELECT count(*) FROM messages"), "1");
    assert_eq!(both.verify().received, 1);
}

#[test]
fn message_that_nommer_is_storing_late_is_one_however_many_came_since() {
    let both = both();
    let now = Utc::now().naive_utc();
    let hours_ago = now - TimeDelta::hours(2);
    both.old.sql(&theirs("one", hours_ago, "{}", "{}"));
    for n in 0..260 {
        let later = hours_ago + TimeDelta::seconds(1 + n);
        both.old
            .sql(&theirs(&format!("later-{n}"), later, "{}", "{}"));
    }
    while_storing(&both, ours("one", now), || both.adopt());
    let rows = "SELECT count(*) FROM messages WHERE msg_id = 'one'";
    assert_eq!(both.new.sql(rows), "1");
}

#[test]
fn what_nommer_works_off_meanwhile_is_there_once() {
    let both = both();
    let now = Utc::now().naive_utc();
    both.old.sql(&format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
           SELECT 'id-' || n, 0, '{TOPIC}', timestamp '{now}' - interval '1 hour' + n * interval '1 second', 'wiki', '{{}}', '{{}}'
           FROM generate_series(1, 1500) AS n"#
    ));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for first in (1..=1500).step_by(50) {
                let batch = first..first + 50;
                let batch: Vec<_> = batch.map(|n| ours(&format!("id-{n}"), now)).collect();
                both.new.store(batch);
            }
        });
        both.adopt();
    });
    assert_eq!(both.new.sql("SELECT count(*) FROM messages"), "1500");
}

#[test]
fn bodies_are_one_whose_numbers_have_one_value_however_deep_they_stand() {
    let both = both();
    let deep = |inner: &str| format!(r#"{{"a": {}{inner}{}}}"#, "[".repeat(200), "]".repeat(200));
    let (deep_there, deep_here) = (deep("1e2"), deep("100.00"));
    let bodies = [
        (
            r#"{"n": 0.30000000000000004441}"#,
            r#"{"n": 0.30000000000000004}"#,
        ),
        (
            r#"{"n": 123456789012345680.0}"#,
            r#"{"n": 123456789012345678.9}"#,
        ),
        (
            r#"{"n": 1.2345678901234567e+29}"#,
            r#"{"n": 123456789012345670000000000000.0}"#,
        ),
        (r#"{"n": 0}"#, r#"{"n": -0}"#),
        (
            r#"{"s": "\ud800", "n": 1.0}"#,
            r#"{"s": "\uD800", "n": 1.00}"#,
        ),
        (&deep_there, &deep_here),
    ];
    for (n, (there, here)) in bodies.iter().enumerate() {
        let id = format!("id-{n}");
        both.old.sql(&theirs(&id, at(n as i64), "{}", there));
        let mut one = ours(&id, at(100 + n as i64));
        one.body = Body::parse(here).expect("a body");
        both.new.store([one]);
    }
    assert_eq!(both.adopt().stored, 0);
}

#[test]
fn a_time_that_stands_deeper_in_the_headers_is_not_the_senders() {
    let both = both();
    let headers = r#"{"x": {"sent-at": "2024-05-01T12:00:00+00:00"}}"#;
    both.old.sql(&theirs("one", at(0), headers, "{}"));
    let mut one = ours("one", at(3));
    one.headers = serde_json::from_str(headers).expect("headers");
    both.new.store([one]);
    assert_stays(&both, &["one 3"], 1, 0);
}
