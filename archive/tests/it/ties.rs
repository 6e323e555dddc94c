//! Users, packages and subjects are of messages that are there, at their time, whoever writes.

use archive::{Dimension, Match, PageRequest, Search, Subject};

use crate::support::{Fixture, at, message, migrated, wrong};

/// How many messages of alice a search tells, and how many it shows.
fn of_alice(fixture: &Fixture) -> (u64, usize) {
    of(fixture, Dimension::Users, "alice")
}

/// How many messages with a value a search tells, and how many it shows.
fn of(fixture: &Fixture, dimension: Dimension, value: &str) -> (u64, usize) {
    let mut search = Search::default();
    search.filters[dimension] = Match {
        any: vec![value.to_owned()],
        none: Vec::new(),
    };
    let page = PageRequest {
        number: 1,
        size: 100,
    };
    let page = fixture.reader.search(&search, page).expect("found");
    (page.total, page.messages.len())
}

/// An archive of three messages of alice, of which each concerns a package and is about a build.
fn archive() -> Fixture {
    let fixture = migrated();
    let mut messages = ["a", "b", "c"].map(message);
    for message in &mut messages {
        message.users = vec!["alice".to_owned()];
        message.packages = vec!["kernel".to_owned()];
        let about = ["package:kernel", "module:kernel", "build:7"].map(Subject::written);
        message.subjects = about.into_iter().collect();
    }
    fixture.store(messages);
    fixture
}

/// Ties whose message is not there.
fn lost(fixture: &Fixture) -> String {
    fixture.sql(
        "SELECT count(*) FROM (SELECT msg_id, msg_timestamp FROM users_messages
             UNION ALL SELECT msg_id, msg_timestamp FROM packages_messages
             UNION ALL SELECT msg_id, msg_timestamp FROM message_subjects) AS tie
         WHERE NOT EXISTS (SELECT FROM messages m WHERE m.id = tie.msg_id AND m.\"timestamp\" = tie.msg_timestamp)",
    )
}

#[test]
fn a_changed_time_or_key_takes_users_packages_and_subjects_along() {
    let fixture = archive();
    let changes = [
        "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '1 hour'",
        // To another partition, and to that for strays.
        "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '2 years' WHERE msg_id = 'a'",
        "UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '90 years' WHERE msg_id = 'b'",
        "UPDATE messages_y2026 SET \"timestamp\" = \"timestamp\" + interval '1 day'",
        "UPDATE messages SET id = id + 1000",
        "UPDATE messages SET id = id + 1000, \"timestamp\" = '2020-01-01' WHERE msg_id = 'c'",
        "INSERT INTO messages SELECT * FROM messages WHERE msg_id = 'c'
         ON CONFLICT (msg_id, \"timestamp\") DO UPDATE SET \"timestamp\" = '2020-02-02', id = excluded.id + 1",
        "MERGE INTO messages m USING (VALUES ('a')) AS new (id) ON m.msg_id = new.id
         WHEN MATCHED THEN UPDATE SET \"timestamp\" = '2026-05-05'",
    ];
    for change in changes {
        fixture.sql(change);
        assert_eq!(lost(&fixture), "0", "{change}");
        assert_eq!(of_alice(&fixture), (3, 3), "{change}");
        for subject in ["build:7", "package:kernel"] {
            assert_eq!(
                of(&fixture, Dimension::Subjects, subject),
                (3, 3),
                "{change}"
            );
        }
        assert_eq!(wrong(&fixture), [], "{change}");
    }
    let left =
        "SELECT (SELECT count(*) FROM users_messages), (SELECT count(*) FROM packages_messages),
                (SELECT count(*) FROM message_subjects)";
    assert_eq!(fixture.sql(left), "3|3|6");
}

#[test]
fn a_tie_to_a_message_that_is_not_there_is_refused() {
    let fixture = archive();
    let tie = |message: &str, time: &str| {
        let server = devstack::shared_postgres().expect("a PostgreSQL server");
        let sql = format!(
            "INSERT INTO users (name) VALUES ('{message}{time}');
             INSERT INTO users_messages SELECT max(id), {message}, '{time}' FROM users"
        );
        server.run_sql(&fixture.database.name, &sql)
    };
    let time = at(0).to_string();
    let id = fixture.sql("SELECT max(id) FROM messages");
    tie(&id, &time).expect("tied");
    for (message, time) in [("999999", time.as_str()), (id.as_str(), "2024-01-01")] {
        let error = tie(message, time).expect_err("refused");
        assert!(
            format!("{error:#}").contains("there is no message"),
            "{error:#}"
        );
    }
    assert_eq!(lost(&fixture), "0");
}

#[test]
fn a_tie_added_beside_a_delete_of_its_message_is_refused_or_deleted_with_it() {
    let fixture = archive();
    fixture.sql("INSERT INTO users (name) SELECT 'other ' || n FROM generate_series(1, 60) AS n");
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let server = devstack::shared_postgres().expect("a PostgreSQL server");
                for n in 1..=60 {
                    let sql = format!(
                        "INSERT INTO users_messages SELECT u.id, m.id, m.\"timestamp\" FROM users u, messages m
                         WHERE u.name = 'other {n}' ON CONFLICT DO NOTHING; SELECT pg_sleep(0.002)"
                    );
                    // Refused where the message went meanwhile.
                    let _ = server.run_sql(&fixture.database.name, &sql);
                }
            });
        }
        scope.spawn(|| {
            for n in 0..60 {
                let delete = "BEGIN; DELETE FROM messages; SELECT pg_sleep(0.005); COMMIT";
                fixture.sql(delete);
                fixture.store([message(&n.to_string())]);
            }
        });
    });
    assert_eq!(lost(&fixture), "0");
    assert_eq!(wrong(&fixture), []);
}

#[test]
fn lost_ties_are_told_and_mended() {
    let fixture = archive();
    assert_eq!(fixture.upkeep.lost_ties().expect("counted"), 0);
    // As they were left by programs before there was anything to prevent it.
    fixture.sql(
        "SET archive.ties = 'whole'; UPDATE users_messages SET msg_timestamp = '2019-01-01';
         INSERT INTO packages_messages VALUES (1, 77777, '2019-01-01');
         UPDATE message_subjects SET msg_timestamp = '2019-01-01'",
    );
    assert_eq!(lost(&fixture), "10");
    assert_eq!(fixture.upkeep.lost_ties().expect("counted"), 10);
    fixture.upkeep.rebuild_counters().expect("rebuilt");
    assert_eq!(fixture.upkeep.lost_ties().expect("counted"), 0);
    assert_eq!(of_alice(&fixture), (3, 3), "back at their messages");
    assert_eq!(of(&fixture, Dimension::Subjects, "build:7"), (3, 3));
    assert_eq!(wrong(&fixture), []);
}
