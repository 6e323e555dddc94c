//! Who truncates and who keeps the counters wait for each other, and never in a circle.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use archive::{Kept, NewMessage, Upkeep};
use chrono::TimeDelta;
use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;

use crate::support::{Fixture, at, message, migrated, wrong};

const ALL: &str = "counter_horizon, packages_messages, counter_changes, users, messages, counters, packages, users_messages";

type Keeping = (&'static str, fn(&Upkeep));

/// What is done to the counters, all of which has something to do where messages were stored.
const KEEPING: [Keeping; 5] = [
    ("fold", |upkeep| {
        upkeep.fold_counters().expect("folded");
    }),
    ("index", |upkeep| {
        upkeep
            .index_counters(at(0) + TimeDelta::days(99))
            .expect("indexed");
    }),
    ("keep", |upkeep| {
        let _: Kept = upkeep
            .keep_counters(at(0) + TimeDelta::days(99))
            .expect("kept");
    }),
    ("rebuild", |upkeep| {
        upkeep.rebuild_counters().expect("made anew");
    }),
    ("verify", |upkeep| {
        assert_eq!(upkeep.verify_counters(10).expect("verified"), []);
    }),
];

/// As many as a counter has that gets its postings.
fn store_some(fixture: &Fixture, name: &str) {
    let of = |n: usize| NewMessage {
        users: vec!["alice".to_owned()],
        packages: vec!["kernel".to_owned()],
        ..message(&format!("{name} {n}"))
    };
    let messages: Vec<_> = (0..30).map(of).collect();
    fixture.store(messages);
}

fn session(fixture: &Fixture) -> PgConnection {
    PgConnection::establish(&fixture.database.url).expect("a session")
}

/// Waits until a session of the fixture waits for something.
fn until_one_waits(fixture: &Fixture) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                   AND application_name = 'test' AND (wait_event_type = 'Lock' OR wait_event = 'PgSleep')";
    while fixture.sql(waiting) == "0" {
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn who_truncates_goes_on_whichever_table_was_taken_first() {
    let fixture = migrated();
    for (name, keep) in KEEPING {
        for first in ["messages", "users_messages", "counters", "counter_changes"] {
            if (name, first) == ("fold", "messages") || (name, first) == ("fold", "users_messages")
            {
                continue;
            }
            // A fold has neither to do with the rest nor waits for it.
            let truncated = match first {
                "counters" | "counter_changes" => ALL,
                _ => "messages",
            };
            let text = format!("{name}, {first} first");
            store_some(&fixture, &text);
            let mut truncating = session(&fixture);
            truncating
                .batch_execute(&format!("BEGIN; LOCK TABLE {first}"))
                .expect("taken");
            std::thread::scope(|scope| {
                let keeping = scope.spawn(|| keep(&fixture.upkeep));
                until_one_waits(&fixture);
                truncating
                    .batch_execute(&format!("TRUNCATE {truncated}; COMMIT"))
                    .expect(&text);
                keeping.join().expect(&text);
            });
            assert_eq!(wrong(&fixture), [], "{text}");
        }
    }
}

#[test]
fn truncating_and_keeping_go_on_side_by_side() {
    let fixture = migrated();
    let is_over = AtomicBool::new(false);
    let mut failed = Vec::new();
    std::thread::scope(|scope| {
        for (_, keep) in KEEPING {
            let (upkeep, is_over) = (Upkeep::new(&fixture.options), &is_over);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    keep(&upkeep);
                }
            });
        }
        let mut truncating = session(&fixture);
        let tables = [
            "messages",
            ALL,
            "users_messages, packages_messages, messages",
            "counters, messages",
        ];
        for (n, tables) in tables.into_iter().cycle().take(12).enumerate() {
            store_some(&fixture, &n.to_string());
            failed.extend(
                truncating
                    .batch_execute(&format!("TRUNCATE {tables}"))
                    .err(),
            );
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(wrong(&fixture), []);
}
