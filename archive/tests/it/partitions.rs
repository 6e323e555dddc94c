//! Partitions by year.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};
use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;

use crate::support::{message, migrated};

#[test]
fn a_message_of_any_time_finds_a_partition() {
    let fixture = migrated();
    let mut messages = Vec::new();
    for year in [1, 1969, 2011, 2012, 2027, 2099, 9999] {
        let mut message = message(&year.to_string());
        message.timestamp = NaiveDate::from_ymd_opt(year, 12, 31)
            .and_then(|day| day.and_hms_opt(23, 59, 59))
            .expect("a time");
        messages.push(message);
    }
    fixture.store(messages);
    assert_eq!(
        fixture
            .sql("SELECT tableoid::regclass::text, count(*) FROM messages GROUP BY 1 ORDER BY 1"),
        "messages_default|5\nmessages_y2012|1\nmessages_y2027|1"
    );
    assert_eq!(fixture.all().len(), 7);
}

#[test]
fn strays_move_into_their_years_partition_when_it_is_made() {
    let fixture = migrated();
    let time = |year| {
        NaiveDate::from_ymd_opt(year, 1, 1)
            .and_then(|day| day.and_hms_opt(0, 0, 0))
            .expect("a time")
    };
    let mut messages = vec![message("in"), message("last moment"), message("out")];
    messages[0].timestamp = time(2031);
    messages[1].timestamp = time(2032) - chrono::TimeDelta::microseconds(1);
    messages[2].timestamp = time(2032);
    fixture.store(messages.clone());
    assert_eq!(fixture.upkeep.add_partitions(time(2030)).expect("added"), 2);
    assert_eq!(fixture.upkeep.add_partitions(time(2030)).expect("added"), 0);
    assert_eq!(
        fixture.sql("SELECT tableoid::regclass, msg_id FROM messages ORDER BY 2"),
        "messages_y2031|in\nmessages_y2031|last moment\nmessages_default|out"
    );
    // Their keys moved along.
    assert!(
        fixture
            .store(messages)
            .iter()
            .all(|outcome| *outcome == archive::Outcome::Duplicate)
    );
}

#[test]
fn nothing_is_stored_in_what_was_a_partition() {
    let fixture = migrated();
    let of = |year: i32, id: &str| {
        let mut message = message(id);
        message.timestamp = NaiveDate::from_ymd_opt(year, 5, 6)
            .and_then(|day| day.and_hms_opt(7, 8, 9))
            .expect("a time");
        message
    };
    fixture.store([of(2013, "before")]);
    fixture.sql("ALTER TABLE messages DETACH PARTITION messages_y2013");
    fixture.store([of(2013, "after")]);
    assert_eq!(
        fixture.sql("SELECT tableoid::regclass, msg_id FROM messages"),
        "messages_default|after"
    );
    fixture.store([of(2013, "two years"), of(2014, "at once")]);
    assert_eq!(fixture.sql("SELECT count(*) FROM messages"), "3");
    assert_eq!(fixture.sql("SELECT msg_id FROM messages_y2013"), "before");
}

#[test]
fn a_new_partition_has_the_parents_indexes_and_compression() {
    let fixture = migrated();
    let of = |table: &str| {
        fixture.sql(&format!(
            "SELECT regexp_replace(indexdef, '^.*USING', '') FROM pg_indexes WHERE tablename = '{table}' ORDER BY 1"
        )) + &fixture.sql(&format!("SELECT attname, attcompression FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"))
    };
    assert_eq!(of("messages_y2024"), of("messages"));
    let known = fixture.sql(
        "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'",
    );
    if known == "t" {
        assert!(of("messages_y2024").contains("msg|l"));
    } else {
        println!(
            "SKIPPED: this PostgreSQL was built without lz4, so bodies have its own compression"
        );
    }
}

/// Two writers whose transactions hold a partition and then want others.
#[test]
fn partitions_are_added_beside_writers_without_a_deadlock() {
    let fixture = migrated();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..2)
            .map(|writer| {
                let (fixture, stop) = (&fixture, &stop);
                scope.spawn(move || {
                    let mut session =
                        PgConnection::establish(&fixture.database.url).expect("a session");
                    let mut transactions = 0;
                    while !stop.load(Ordering::Relaxed) {
                        session
                            .batch_execute(&format!(
                                "BEGIN;
                                 INSERT INTO messages_y2026 (i, topic, \"timestamp\", category, msg) VALUES ({writer}, 't', '2026-05-01', 'c', '{{}}');
                                 SELECT pg_sleep(0.02);
                                 INSERT INTO messages (i, topic, \"timestamp\", category, msg) VALUES ({writer}, 't', '2099-05-01', 'c', '{{}}');
                                 UPDATE messages SET i = i + 1 WHERE topic = 'none';
                                 COMMIT"
                            ))
                            .expect("no writer is a victim");
                        transactions += 1;
                    }
                    transactions
                })
            })
            .collect();
        for year in 2031..2037 {
            let added = fixture.upkeep.add_partitions(time_of(year)).expect("added");
            assert_eq!(added, if year == 2031 { 2 } else { 1 });
        }
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            assert!(writer.join().expect("no panic") > 0);
        }
    });
}

/// Who holds the partition for strays for long is not waited for, and nobody waits behind.
#[test]
fn writers_do_not_wait_behind_a_partition_that_cannot_be_added() {
    let fixture = migrated();
    let mut holder = PgConnection::establish(&fixture.database.url).expect("a session");
    holder
        .batch_execute("BEGIN; SELECT count(*) FROM messages_default")
        .expect("held");
    let slowest = std::thread::scope(|scope| {
        let adding = scope.spawn(|| fixture.upkeep.add_partitions(time_of(2031)));
        let mut slowest = Duration::ZERO;
        let mut n = 0;
        while !adding.is_finished() {
            let start = Instant::now();
            n += 1;
            fixture.store([message(&n.to_string())]);
            slowest = slowest.max(start.elapsed());
        }
        adding.join().expect("no panic").expect_err("held");
        slowest
    });
    assert!(slowest < Duration::from_secs(3), "{slowest:?}");
    holder.batch_execute("COMMIT").expect("given back");
    assert_eq!(
        fixture.upkeep.add_partitions(time_of(2031)).expect("added"),
        2
    );
}

/// A moment of a year.
fn time_of(year: i32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, 5, 6)
        .and_then(|day| day.and_hms_opt(7, 8, 9))
        .expect("a time")
}

#[test]
fn the_condition_tells_letters_notes_and_the_end_of_partitions() {
    let fixture = migrated();
    let upkeep = &fixture.upkeep;
    let before = upkeep.condition().expect("told");
    assert_eq!((before.dead_letters, before.notes), (0, 0));
    assert_eq!(before.last_dead_letter, None);
    let until = before.partitioned_until.expect("there are some");
    fixture.sql(&format!("SELECT messages_add_partition({})", until.year()));
    fixture.store(vec![message("a"), message("b")]);
    fixture.sql(
        "INSERT INTO dead_letters (digest, received_at, last_received_at, deliveries, queue, exchange, routing_key, properties, body, reason)
         VALUES ('\\x01', '2026-01-01', '2026-01-02', 1, '', '', 'a', '{}', '', 'why')",
    );
    let after = upkeep.condition().expect("told");
    assert_eq!(after.dead_letters, 1);
    assert_eq!(after.last_dead_letter, "2026-01-02T00:00:00".parse().ok());
    assert!(after.notes > 0);
    assert_eq!(
        after.partitioned_until.map(|day| day.year()),
        Some(until.year() + 1)
    );
}
