//! What becomes of the messages of a batch.

use archive::{DeadLetter, Identity, NewMessage, Outcome};

use crate::support::{Fixture, at, letter, message, migrated};
use Outcome::{Duplicate, Stored};

fn without_time(msg_id: &str, received: i64) -> NewMessage {
    NewMessage {
        identity: Identity::Id,
        timestamp: at(received),
        ..message(msg_id)
    }
}

fn without_id(derived: &str, redelivered: bool, received: i64) -> NewMessage {
    let identity = if redelivered {
        Identity::RedeliveredContent
    } else {
        Identity::NewContent
    };
    NewMessage {
        identity,
        timestamp: at(received),
        ..message(derived)
    }
}

#[test]
fn a_stored_message_reads_as_it_was() {
    let fixture = migrated();
    let mut new = message("a");
    new.agent_name = Some("alice".to_owned());
    new.body = archive::Body::parse(r#"{"b":1.10,"a":"é"}"#).expect("a body");
    new.headers
        .get_or_insert_default()
        .insert("sent-at".to_owned(), "x".into());
    new.users = vec![
        "zoë".to_owned(),
        "bob".to_owned(),
        "Zed".to_owned(),
        "bob".to_owned(),
    ];
    new.packages = vec!["kernel".to_owned()];
    assert_eq!(fixture.store([new.clone()]), [Stored]);
    let stored = fixture.reader.find("a").expect("an answer").expect("found");
    assert_eq!(stored.msg.as_str(), r#"{"b": 1.10, "a": "\u00e9"}"#);
    assert_eq!(stored.headers.as_deref(), Some(r#"{"sent-at": "x"}"#));
    assert_eq!(stored.users, ["Zed", "bob", "zoë"]);
    assert_eq!(stored.packages, ["kernel"]);
    assert_eq!(
        (stored.timestamp, stored.agent_name, stored.i),
        (at(0), Some("alice".to_owned()), 0)
    );
    assert_eq!(
        (
            stored.source_name.as_deref(),
            stored.source_version.as_deref()
        ),
        (Some("datanommer"), Some("1.5.0"))
    );
    assert_eq!(
        fixture.sql("SELECT \"timestamp\" FROM messages"),
        "2024-05-01 12:00:00",
        "UTC in spite of the server's zone"
    );
}

#[test]
fn equal_id_and_time_is_a_duplicate_within_and_across_batches() {
    let fixture = migrated();
    let mut later = message("a");
    later.timestamp = at(1);
    assert_eq!(
        fixture.store([message("a"), message("a"), message("b"), later.clone()]),
        [Stored, Duplicate, Stored, Stored]
    );
    assert_eq!(
        fixture.store([later, message("b"), message("c")]),
        [Duplicate, Duplicate, Stored]
    );
    assert_eq!(fixture.reader.total().expect("a total"), 4);
}

#[test]
fn a_duplicate_changes_nothing() {
    let fixture = migrated();
    fixture.store([message("a")]);
    let mut again = message("a");
    again.users = vec!["eve".to_owned()];
    again.body = archive::Body::parse(r#"{"other": 1}"#).expect("a body");
    fixture.store([again]);
    let stored = fixture.reader.find("a").expect("an answer").expect("found");
    assert_eq!((stored.msg.as_str(), stored.users.len()), ("{}", 0));
}

#[test]
fn without_a_readable_time_the_id_and_the_header_decide() {
    let fixture = migrated();
    assert_eq!(
        fixture.store([without_time("a", 0), without_time("a", 1)]),
        [Stored, Duplicate]
    );
    assert_eq!(
        fixture.store([without_time("a", 2), without_time("b", 2)]),
        [Duplicate, Stored]
    );
    let mut unreadable = without_time("a", 3);
    unreadable
        .headers
        .get_or_insert_default()
        .insert("sent-at".to_owned(), "yesterday".into());
    assert_eq!(
        fixture.store([unreadable.clone(), unreadable]),
        [Stored, Duplicate]
    );
}

#[test]
fn without_an_id_only_a_redelivery_is_a_duplicate() {
    let fixture = migrated();
    assert_eq!(
        fixture.store([without_id("x", false, 0), without_id("x", false, 0)]),
        [Stored, Stored]
    );
    assert_eq!(fixture.store([without_id("x", false, 1)]), [Stored]);
    assert_eq!(fixture.store([without_id("x", true, 2)]), [Duplicate]);
    assert_eq!(
        fixture.store([without_id("y", true, 2), without_id("y", true, 3)]),
        [Stored, Duplicate]
    );
    assert_eq!(
        fixture.sql("SELECT count(*), count(DISTINCT msg_id) FROM messages"),
        "4|4"
    );
}

#[test]
fn a_batch_stored_twice_because_the_answer_was_lost_is_stored_once() {
    let fixture = migrated();
    let mut batch = vec![
        message("a"),
        without_time("b", 0),
        without_id("x", false, 0),
        without_id("x", false, 0),
    ];
    assert_eq!(
        fixture.writer.store(&mut batch).expect("stored"),
        [Stored, Stored, Stored, Stored]
    );
    assert_eq!(
        fixture.writer.store(&mut batch).expect("stored"),
        [Duplicate, Duplicate, Duplicate, Duplicate]
    );
    assert_eq!(fixture.reader.total().expect("a total"), 4);
}

#[test]
fn what_the_database_refuses_is_found_among_many_and_the_rest_is_stored() {
    let fixture = migrated();
    let mut batch: Vec<NewMessage> = (0..100).map(|n| message(&n.to_string())).collect();
    batch[17].topic = "nul \0 in it".to_owned();
    batch[63].msg_id = "nul \0 in it".to_owned();
    let outcomes = fixture.store(batch);
    for (n, outcome) in outcomes.iter().enumerate() {
        assert_eq!(
            matches!(outcome, Outcome::Refused(_)),
            n == 17 || n == 63,
            "{n}: {outcome:?}"
        );
    }
    assert_eq!(fixture.reader.total().expect("a total"), 98);
}

#[test]
fn a_broken_database_is_not_taken_for_a_broken_message() {
    let fixture = migrated();
    fixture.sql("ALTER TABLE users_messages RENAME TO elsewhere");
    let mut with_user = [message("a")];
    with_user[0].users = vec!["alice".to_owned()];
    assert!(matches!(
        fixture.writer.store(&mut with_user),
        Err(archive::StoreError::Impaired(_))
    ));
    fixture.sql("ALTER TABLE elsewhere RENAME TO users_messages");
    assert_eq!(fixture.store(with_user), [Stored]);
    assert_eq!(
        fixture.sql("SELECT name FROM users"),
        "alice",
        "the check leaves nothing behind"
    );
}

#[test]
fn writers_with_the_same_deliveries_in_other_orders_neither_deadlock_nor_double() {
    let fixture = migrated();
    let batch = |seed: usize| -> Vec<NewMessage> {
        let mut batch: Vec<NewMessage> = (0..60)
            .map(|n| {
                let mut new = if n % 3 == 0 {
                    without_time(&n.to_string(), seed as i64)
                } else {
                    message(&n.to_string())
                };
                new.users = (0..n % 5)
                    .map(|user| format!("user {}", (user * 7 + n) % 11))
                    .collect();
                new
            })
            .collect();
        batch.rotate_left(seed * 13 % 60);
        batch
    };
    std::thread::scope(|scope| {
        for seed in 0..4 {
            let writer = &fixture.writer;
            scope.spawn(move || writer.store(&mut batch(seed)).expect("stored"));
        }
    });
    assert_eq!(
        fixture.sql("SELECT count(*), count(DISTINCT msg_id) FROM messages"),
        "60|60"
    );
    assert_eq!(fixture.sql("SELECT count(*) FROM users_messages"), "120");
}

#[test]
fn ids_follow_the_order_of_arrival() {
    let fixture = migrated();
    fixture.store(["c", "a", "b"].map(message));
    let ids: Vec<Option<String>> = fixture
        .all()
        .into_iter()
        .map(|message| message.msg_id)
        .collect();
    assert_eq!(ids, ["c", "a", "b"].map(|id| Some(id.to_owned())));
}

#[test]
fn a_rejected_batch_of_nothing_is_fine() {
    let fixture = migrated();
    assert_eq!(fixture.store([]), []);
    fixture.writer.put_aside(&[]).expect("nothing to do");
}

#[test]
fn dead_letters_are_kept_whole_and_once() {
    let fixture: Fixture = migrated();
    let mut odd = letter(b"\x00\xff{");
    odd.routing_key = "nul \0".to_owned();
    fixture
        .writer
        .put_aside(&[letter(b"{"), letter(b"{"), odd])
        .expect("kept");
    fixture
        .writer
        .put_aside(&[DeadLetter {
            received_at: at(60),
            ..letter(b"{")
        }])
        .expect("kept");
    assert_eq!(
        fixture.sql(
            "SELECT encode(body, 'hex'), deliveries, received_at, last_received_at, routing_key, properties FROM dead_letters ORDER BY id"
        ),
        "7b|3|2024-05-01 12:00:00|2024-05-01 12:01:00|a.b|{\"headers\":{\"x\":\"$hex:6e756c2000\"}}\n\
         00ff7b|1|2024-05-01 12:00:00|2024-05-01 12:00:00|nul \u{fffd}|{\"headers\":{\"x\":\"$hex:6e756c2000\"},\"routing_key\":\"$hex:6e756c2000\"}"
    );
}

/// Users and packages of a stored message.
fn names_of(fixture: &Fixture, msg_id: &str) -> (Vec<String>, Vec<String>) {
    let stored = fixture.reader.find(msg_id).expect("an answer");
    let stored = stored.expect("found");
    (stored.users, stored.packages)
}

fn of_alice(msg_id: &str) -> NewMessage {
    NewMessage {
        users: vec!["alice".to_owned()],
        packages: vec!["kernel".to_owned()],
        ..message(msg_id)
    }
}

#[test]
fn names_whose_keys_went_to_others_when_the_tables_were_emptied_get_new_ones() {
    let fixture = migrated();
    fixture.store([of_alice("a")]);
    fixture.sql(
        "TRUNCATE messages, users, packages, users_messages, packages_messages RESTART IDENTITY;
         INSERT INTO users (name) VALUES ('bob'); INSERT INTO packages (name) VALUES ('bash')",
    );
    let of_alice_alone = (vec!["alice".to_owned()], vec!["kernel".to_owned()]);
    for msg_id in ["b", "c"] {
        assert_eq!(fixture.store([of_alice(msg_id)]), [Stored]);
        assert_eq!(names_of(&fixture, msg_id), of_alice_alone);
    }
}

#[test]
fn a_message_is_tied_to_its_names_after_others_were_renamed() {
    let fixture = migrated();
    fixture.store([of_alice("a")]);
    fixture.sql("UPDATE users SET name = 'bob'; UPDATE packages SET name = 'bash'");
    fixture.store([of_alice("b")]);
    let names = |user: &str, package: &str| (vec![user.to_owned()], vec![package.to_owned()]);
    assert_eq!(names_of(&fixture, "a"), names("bob", "bash"));
    assert_eq!(names_of(&fixture, "b"), names("alice", "kernel"));
}

#[test]
fn a_probe_goes_the_way_of_all_that_may_come() {
    let fixture = migrated();
    let probe = || fixture.writer.probe(at(0));
    for table in [
        "users_messages",
        "packages_messages",
        "message_subjects",
        "dead_letters",
    ] {
        probe().expect("proved");
        fixture.sql(&format!("ALTER TABLE {table} RENAME TO gone"));
        assert!(probe().is_err(), "{table}");
        fixture.sql(&format!("ALTER TABLE gone RENAME TO {table}"));
    }
    probe().expect("proved");
    assert_eq!(fixture.sql("SELECT count(*) FROM message_subjects"), "0");
    fixture.writer.put_aside(&[letter(b"a")]).expect("kept");
    assert_eq!(fixture.sql("SELECT id FROM dead_letters"), "1");
}
