//! Whose fault it is that a message is not stored: a message's only if it is about what it holds.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use archive::{NewMessage, Outcome, StoreError};

use crate::support::{Fixture, message, migrated};
use Outcome::Stored;

fn batch() -> Vec<NewMessage> {
    (0..20)
        .map(|n| NewMessage {
            users: vec![format!("user {}", n % 3)],
            ..message(&n.to_string())
        })
        .collect()
}

/// A session of another program that holds something, and then commits.
fn meanwhile(fixture: &Fixture, sql: &str, seconds: f32) -> impl FnOnce() + use<> {
    let (name, url) = (
        format!("{}-{seconds}", fixture.database.name),
        fixture.database.url.clone(),
    );
    let sql = format!(
        "SET application_name = '{name}'; BEGIN; {sql}; SELECT pg_sleep({seconds}); COMMIT"
    );
    let mut other = devstack::psql(&url)
        .expect("psql")
        .args(["--command", &sql])
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("psql");
    let sleeps = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' AND wait_event = 'PgSleep'"
    );
    let start = Instant::now();
    while fixture.sql(&sleeps) != "1" {
        assert!(start.elapsed() < Duration::from_secs(20), "{sql}");
    }
    move || assert!(other.wait().expect("ended").success())
}

/// Stores the batch as a program does, which tries again; answers how many tries it took. No message
/// may be blamed.
fn store_patiently(fixture: &Fixture, mut batch: Vec<NewMessage>) -> usize {
    let start = Instant::now();
    for tries in 1.. {
        match fixture.writer.store(&mut batch) {
            Ok(outcomes) => {
                let blamed = outcomes
                    .iter()
                    .find(|outcome| matches!(outcome, Outcome::Refused(_)));
                assert_eq!(blamed, None);
                return tries;
            }
            Err(StoreError::Unavailable(_) | StoreError::Impaired(_) | StoreError::Full(_)) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{error:?}"),
        }
        assert!(start.elapsed() < Duration::from_secs(60), "never stored");
    }
    unreachable!("an endless range")
}

#[test]
fn what_is_locked_for_longer_than_the_role_may_wait_is_stored_later() {
    let locks = [
        "LOCK TABLE messages_y2024 IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE messages IN ACCESS EXCLUSIVE MODE",
        "INSERT INTO users (name) VALUES ('user 1')",
    ];
    for (n, held) in locks.into_iter().enumerate() {
        for limit in ["lock_timeout", "statement_timeout"] {
            let fixture = migrated();
            let name = &fixture.database.name;
            fixture.sql(&format!("ALTER DATABASE {name} SET {limit} = '150ms'"));
            let end = meanwhile(&fixture, &format!("SET statement_timeout = 0; {held}"), 2.0);
            let tries = store_patiently(&fixture, batch());
            // Should the program set limits of its own, the first try waits.
            println!("{limit}, {n}: {tries} tries");
            end();
            assert_eq!(fixture.sql("SELECT count(*) FROM messages"), "20");
        }
    }
}

#[test]
fn statements_that_an_admin_cancels_are_no_fault_of_messages() {
    let fixture = migrated();
    let end = meanwhile(
        &fixture,
        "LOCK TABLE messages_y2024 IN ACCESS EXCLUSIVE MODE",
        2.0,
    );
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND wait_event_type = 'Lock'";
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(1500) {
                fixture.sql(cancel);
            }
        });
        assert!(store_patiently(&fixture, batch()) > 1);
    });
    end();
    assert_eq!(fixture.sql("SELECT count(*) FROM messages"), "20");
}

/// Asserts that the batch is held while something is wrong, and stored once it is mended.
fn check_held(fixture: &Fixture, what: &str, wrong: impl FnOnce(), mended: impl FnOnce()) {
    wrong();
    let mut batch = batch();
    let answer = fixture.writer.store(&mut batch);
    let is_held = match answer {
        Err(StoreError::Full(_)) => what == "53100",
        Err(StoreError::Impaired(_) | StoreError::Unavailable(_)) => what != "53100",
        _ => false,
    };
    assert!(is_held, "{what}: {answer:?}");
    mended();
    let outcomes = fixture.writer.store(&mut batch).expect(what);
    assert!(
        outcomes.iter().all(|outcome| *outcome == Stored),
        "{what}: {outcomes:?}"
    );
    fixture.sql("TRUNCATE messages");
}

#[test]
fn trouble_of_this_years_partition_alone_holds_the_batch() {
    let fixture = migrated();
    let raise = |state: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{state}'; END $$;
             CREATE TRIGGER trouble BEFORE INSERT ON messages_y2024 FOR EACH ROW EXECUTE FUNCTION trouble()"
        )
    };
    // No room, no memory, a damaged page, a broken trigger, and one that refuses all there is.
    for state in [
        "53100", "53200", "58030", "XX001", "42703", "P0001", "22023",
    ] {
        let (wrong, mended) = (raise(state), "DROP TRIGGER trouble ON messages_y2024");
        check_held(
            &fixture,
            state,
            || drop(fixture.sql(&wrong)),
            || drop(fixture.sql(mended)),
        );
    }
    for (wrong, mended) in [
        ("ALTER TABLE messages ADD COLUMN more text NOT NULL", "ALTER TABLE messages DROP COLUMN more"),
        (
            "ALTER TABLE messages DETACH PARTITION messages_y2024; ALTER TABLE messages DETACH PARTITION messages_default",
            "ALTER TABLE messages ATTACH PARTITION messages_y2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
             ALTER TABLE messages ATTACH PARTITION messages_default DEFAULT",
        ),
        ("ALTER TABLE users_messages RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO users_messages"),
        ("ALTER SEQUENCE users_id_seq RESTART 9 MAXVALUE 9; SELECT nextval('users_id_seq')", "ALTER SEQUENCE users_id_seq MAXVALUE 2147483647"),
    ] {
        check_held(&fixture, wrong, || drop(fixture.sql(wrong)), || drop(fixture.sql(mended)));
        fixture.sql("DELETE FROM users");
    }
}

/// What the database says where it refuses this batch for no fault of a message.
fn complaint(fixture: &Fixture, mut batch: Vec<NewMessage>) -> String {
    match fixture.writer.store(&mut batch) {
        Err(error @ StoreError::Impaired(_)) => {
            let cause = std::error::Error::source(&error).expect("a cause");
            format!("{error}: {cause}")
        }
        answer => panic!("{answer:?}"),
    }
}

#[test]
fn a_database_that_refuses_is_not_called_away_and_what_helps_is_named() {
    let fixture = migrated();
    fixture.sql(
        "INSERT INTO users (name) VALUES ('a'), ('b'), ('c'), ('d'), ('e'), ('f');
         SELECT setval('users_id_seq', 1)",
    );
    let behind = complaint(&fixture, batch());
    assert!(behind.starts_with("the database refused it: "), "{behind}");
    let names = ["(SQLSTATE 23505)", "a start of nommer advances it"];
    assert!(names.iter().all(|part| behind.contains(part)), "{behind}");
    fixture.sql("SELECT setval('users_id_seq', 100)");
    let name = &fixture.database.name;
    fixture.sql(&format!(
        "ALTER DATABASE {name} SET default_transaction_read_only = on;
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ));
    let told = |fixture: &Fixture| {
        let mut batch = batch();
        let first = fixture.writer.store(&mut batch);
        println!("{first:?}");
        complaint(fixture, batch)
    };
    let read_only = told(&fixture);
    let names = ["(SQLSTATE 25006)", "default_transaction_read_only"];
    assert!(
        names.iter().all(|part| read_only.contains(part)),
        "{read_only}"
    );
}

#[test]
fn the_message_that_meets_a_broken_trigger_is_named() {
    let fixture = migrated();
    fixture.sql(
        "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF new.topic = 'broken' THEN PERFORM 1 FROM nosuchtable; END IF; RETURN new; END $$;
         CREATE TRIGGER broken BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION broken()",
    );
    let mut batch = batch();
    batch[11].topic = "broken".to_owned();
    let named = format!("; met by the message broken {}", batch[11].msg_id);
    let told = complaint(&fixture, batch);
    assert!(
        told.contains("(SQLSTATE 42P01)") && told.ends_with(&named),
        "{told}"
    );
}

#[test]
fn a_lost_file_of_this_years_partition_holds_the_batch() {
    let fixture = migrated();
    let server = devstack::shared_postgres().expect("a PostgreSQL server");
    for index in [
        "messages_y2024_msg_id_timestamp_key",
        "messages_y2024_pkey",
        "messages_y2024",
    ] {
        let path = fixture.sql(&format!("SELECT pg_relation_filepath('{index}')"));
        let (file, elsewhere) = (
            server.data_dir().join(&path),
            server.data_dir().join(path + ".elsewhere"),
        );
        let (lost, found) = ((file.clone(), elsewhere.clone()), (elsewhere, file));
        // Whoever has opened the file does not notice.
        let close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let wrong = || {
            std::fs::rename(lost.0, lost.1).expect("moved");
            fixture.sql(close);
        };
        check_held(&fixture, index, wrong, || {
            std::fs::rename(found.0, found.1).expect("moved back");
        });
    }
}

#[test]
fn what_only_this_message_violates_is_its_own_fault() {
    let fixture = migrated();
    fixture.sql(
        "ALTER TABLE messages ADD CONSTRAINT short_topics CHECK (length(topic) < 100);
         CREATE FUNCTION veto() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN
             IF new.topic = 'unwanted' THEN RAISE EXCEPTION 'unwanted'; END IF;
             IF new.topic = 'checked' THEN RAISE check_violation; END IF;
             RETURN new;
         END $$;
         CREATE TRIGGER veto BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION veto()",
    );
    let mut batch = batch();
    batch[1].topic = "checked".to_owned();
    batch[3].topic = "t".repeat(100);
    batch[5].topic = "unwanted".to_owned();
    batch[7].users = vec!["nul \0 in it".to_owned()];
    batch[11]
        .headers
        .get_or_insert_default()
        .insert("x".to_owned(), "nul \0 in it".into());
    // Longer than an index takes, and not to be made shorter by compression.
    batch[13].msg_id = (0..3000_u32)
        .filter_map(|n| char::from_u32(0x4e00 + n * 7919 % 20_000))
        .collect();
    let expected = [
        (1, "23514"),
        (3, "23514"),
        (5, "P0001"),
        (7, "22021"),
        (11, "22P05"),
        (13, "54000"),
    ];
    let outcomes = fixture.store(batch);
    for (n, outcome) in outcomes.iter().enumerate() {
        match expected.iter().find(|(place, _)| *place == n) {
            None => assert_eq!(*outcome, Stored, "{n}"),
            Some((_, state)) => {
                assert!(
                    matches!(outcome, Outcome::Refused(reason) if reason.contains(state)),
                    "{n}: {outcome:?}"
                );
            }
        }
    }
    assert_eq!(fixture.sql("SELECT count(*) FROM messages"), "14");
    assert_eq!(
        fixture.sql("SELECT count(*) FROM users"),
        "3",
        "trials leave nothing behind"
    );
}

#[test]
fn a_message_that_is_refused_costs_few_connections() {
    let fixture = migrated();
    let marker = format!("refused in {} by ", fixture.database.name);
    fixture.sql(&format!(
        "CREATE FUNCTION veto() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN IF new.topic = 'unwanted' THEN RAISE LOG '{marker}%', pg_backend_pid(); RAISE EXCEPTION 'unwanted'; END IF; RETURN new; END $$;
         CREATE TRIGGER veto BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION veto()"
    ));
    let mut batch: Vec<_> = (0..200).map(|n| message(&n.to_string())).collect();
    for poison in [3, 77, 150] {
        batch[poison].topic = "unwanted".to_owned();
    }
    let outcomes = fixture.store(batch);
    let stored = outcomes.iter().filter(|outcome| **outcome == Stored);
    assert_eq!(stored.count(), 197);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let log = std::fs::read_to_string(postgres.log_file()).expect("a log");
    let backends: Vec<&str> = log
        .lines()
        .filter_map(|line| Some(line.split_once(&marker)?.1))
        .collect();
    assert!(backends.len() > 10, "{backends:?}");
    let distinct: HashSet<_> = backends.iter().collect();
    assert!(distinct.len() <= 3, "{distinct:?}");
}
