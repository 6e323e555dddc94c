//! Another archive is taken over: all of it, once, and nothing is written there.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use archive::Span;
use archive::adopt::{Adopted, Adoption, Told, Verified};

use crate::support::{self, Fixture, at, message, wrong};

const TABLES: &str = include_str!("../../../bench/src/incumbent/tables.sql");
const INDEXES: &str = include_str!("../../../bench/src/incumbent/indexes.sql");

/// An archive of the incumbent, and ours.
pub struct Both {
    pub old: Fixture,
    pub new: Fixture,
}

/// The incumbent's tables without a message, and ours.
pub fn both() -> Both {
    let old = support::empty();
    // That of the server is far from UTC.
    let name = &old.database.name;
    old.sql(&format!("ALTER DATABASE \"{name}\" SET timezone = 'UTC'"));
    old.sql(TABLES);
    old.sql(INDEXES);
    old.sql(
        "CREATE TABLE alembic_version (version_num varchar(32)); INSERT INTO alembic_version VALUES ('f4fdb5442d05')",
    );
    Both {
        old,
        new: support::migrated(),
    }
}

/// All columns but the key, and whom and what it concerns, in the order of time.
const ROWS: &str = "SELECT concat_ws(' | ', coalesce(msg_id, 'NULL'), i, topic, \"timestamp\", certificate, signature, category,
        coalesce(agent_name, 'NULL'), crypto, source_name, source_version, msg, coalesce(headers::text, 'NULL'),
        array(SELECT name FROM users JOIN users_messages u ON user_id = users.id
              WHERE u.msg_id = m.id AND msg_timestamp = m.\"timestamp\" ORDER BY name),
        array(SELECT name FROM packages JOIN packages_messages p ON package_id = packages.id
              WHERE p.msg_id = m.id AND msg_timestamp = m.\"timestamp\" ORDER BY name))
    FROM messages m ORDER BY \"timestamp\", msg_id, msg, id";

impl Both {
    pub fn adoption(&self) -> Adoption {
        let url = &self.old.database.url;
        Adoption::new(url, &self.new.options, 2).expect("a URL")
    }

    pub fn adopt(&self) -> Adopted {
        let told = |_: Told| {};
        self.adoption().run(Span::ALL, &told).expect("adopted")
    }

    pub fn verify(&self) -> Verified {
        let verified = self.adoption().verify(Span::ALL, 200, &|_| {});
        verified.expect("compared")
    }

    pub fn rows(&self) -> (String, String) {
        (self.old.sql(ROWS), self.new.sql(ROWS))
    }

    #[track_caller]
    pub fn assert_all_is_here(&self) {
        let (old, new) = self.rows();
        assert_eq!(old, new);
        let verified = self.verify();
        assert_eq!(verified.differences, Vec::<String>::new());
        assert_eq!(wrong(&self.new), []);
    }
}

/// Messages a minute apart, of which each tenth has no id, with users and packages.
pub fn many(count: u32) -> String {
    format!(
        r#"INSERT INTO users (name) SELECT 'user-' || n FROM generate_series(1, 20) AS n;
        INSERT INTO packages (name) SELECT 'package-' || n FROM generate_series(1, 30) AS n;
        INSERT INTO messages (msg_id, i, topic, "timestamp", category, agent_name, source_name, source_version, msg, headers)
        SELECT CASE WHEN n % 10 > 0 THEN 'id-' || n END, 0, 'a.b.c.git.' || n % 3, timestamp '2024-05-01' + n / 2 * interval '1 minute',
               'git', 'user-' || n % 20, 'datanommer', '1.4.0', '{{"n":' || n || '}}', '{{"priority": 0}}'
        FROM generate_series(1, {count}) AS n;
        INSERT INTO users_messages SELECT 1 + id % 20, id, "timestamp" FROM messages;
        INSERT INTO packages_messages SELECT DISTINCT 1 + id * k % 30, id, "timestamp" FROM messages, generate_series(1, 2) AS k;"#
    )
}

#[test]
fn all_of_another_archive_is_here_once_however_often_it_is_taken_over() {
    let both = both();
    // More than two slices.
    both.old.sql(&many(45_000));
    let adopted = both.adopt();
    assert_eq!((adopted.slices, adopted.read), (3, 45_000));
    assert_eq!((adopted.stored, adopted.users.stored), (45_000, 45_000));
    both.assert_all_is_here();
    assert_eq!(
        both.new.sql("SELECT sum(read) FROM adoption_slices"),
        "45000"
    );
    let again = both.adopt();
    let nothing = Adopted {
        skipped: 45_000,
        ..Adopted::default()
    };
    assert_eq!(again, nothing);
    both.new.sql("TRUNCATE adoption_slices");
    let again = both.adopt();
    assert_eq!(
        (again.read, again.stored, again.duplicates()),
        (45_000, 0, 45_000)
    );
    both.assert_all_is_here();
}

#[test]
fn what_came_late_is_found_by_the_next_run() {
    let both = both();
    both.old.sql(&many(1000));
    both.adopt();
    // One without an id that equals another of that moment, and one after all.
    both.old.sql(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg)
           VALUES ('late', 0, 't', '2024-05-01 00:10', 'c', '{}'), (NULL, 0, 't', '2024-05-01 00:10', 'c', '{}'),
                  (NULL, 0, 't', '2024-05-01 00:10', 'c', '{}'), ('newest', 0, 't', '2024-06-01', 'c', '{}')"#,
    );
    let adopted = both.adopt();
    assert_eq!((adopted.read, adopted.stored), (1004, 4));
    both.assert_all_is_here();
    assert_eq!(both.adopt().skipped, 1004);
    let sums = "SELECT sum(read), sum(stored) FROM adoption_slices";
    assert_eq!(both.new.sql(sums), "1004|1004");
}

#[test]
fn what_nommer_has_stored_stays_as_it_is() {
    let both = both();
    both.old.sql(&many(20));
    let mut ours = message("id-1");
    ours.timestamp = at(-43_200);
    ours.users = vec!["somebody".to_owned()];
    both.new.store([ours.clone(), message("only here")]);
    let adopted = both.adopt();
    assert_eq!(
        (adopted.read, adopted.stored, adopted.duplicates()),
        (20, 19, 1)
    );
    let topic = "SELECT topic, name FROM messages m JOIN users_messages u ON u.msg_id = m.id JOIN users ON user_id = users.id
                 WHERE m.msg_id = 'id-1'";
    assert_eq!(both.new.sql(topic), format!("{}|somebody", ours.topic));
    let verified = both.verify();
    // nommer knows better, and has one more.
    assert_eq!(
        (verified.different, verified.more_here),
        (0, 2),
        "{verified:?}"
    );
    assert!(verified.own > 0, "{verified:?}");
    assert_eq!(wrong(&both.new), []);
}

#[test]
fn what_nommer_has_stored_excuses_no_other_message_of_its_slice() {
    let both = both();
    both.old.sql(&many(20));
    let mut ours = message("id-1");
    ours.timestamp = at(-43_200);
    both.new.store([ours]);
    both.adopt();
    let forget = |id: &str| {
        both.new.sql(&format!(
            "DELETE FROM users_messages USING messages m WHERE m.id = users_messages.msg_id AND m.msg_id = '{id}'"
        ));
    };
    forget("id-1");
    assert_eq!(both.verify().different, 0);
    forget("id-2");
    let verified = both.verify();
    let told = verified.differences.join(", ");
    assert!(
        told.contains("1 users of messages are missing here"),
        "{verified:?}"
    );
    assert!(told.contains("message id-2 differs: users"), "{verified:?}");
    assert!(!told.contains("id-1 "), "{verified:?}");
}

/// So many rows of ties have been read, one by one or by an index.
fn ties_read(new: &Fixture) -> i64 {
    let read = "SELECT sum(pg_stat_get_tuples_returned(oid)) FROM pg_class
                WHERE relname ~ '^(ix_)?users_messages(_|$)' AND relkind IN ('r', 'i')";
    new.sql(read).parse().expect("a number")
}

#[test]
fn a_comparison_reads_the_ties_of_a_day_and_not_all_for_each() {
    let both = both();
    // Each is tied to one user; fourteen days.
    both.old.sql(&many(40_000));
    both.adopt();
    let settled = || {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        ties_read(&both.new)
    };
    let before = settled();
    assert_eq!(both.verify().different, 0);
    let read = settled() - before;
    assert!(read >= 40_000, "not counted: {read}");
    assert!(read < 5 * 40_000, "{read}");
}

/// Ends all sessions of a run, some times while it lasts.
fn disturb(both: &Both, is_over: &AtomicBool) {
    for fixture in [&both.new, &both.old].into_iter().cycle().take(6) {
        std::thread::sleep(std::time::Duration::from_millis(400));
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        fixture.sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
    }
}

#[test]
fn a_run_whose_sessions_end_goes_on_and_counts_each_message_once() {
    let both = both();
    both.old.sql(&many(100_000));
    let (read, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    let told = |told: Told| {
        let (Told::Read(messages) | Told::Skipped(messages)) = told;
        read.fetch_add(messages, Ordering::SeqCst);
    };
    let adopted = std::thread::scope(|scope| {
        scope.spawn(|| disturb(&both, &is_over));
        let adopted = both.adoption().run(Span::ALL, &told);
        is_over.store(true, Ordering::SeqCst);
        adopted.expect("adopted")
    });
    assert_eq!(
        (adopted.read, adopted.stored, adopted.skipped),
        (100_000, 100_000, 0)
    );
    assert_eq!(read.load(Ordering::SeqCst), 100_000);
    both.assert_all_is_here();
}

#[test]
fn a_part_of_the_time_is_taken_over_and_then_the_rest() {
    let both = both();
    both.old.sql(&many(1000));
    let part = Span::between(at(-43_200 + 600), at(-43_200 + 1200));
    let adoption = both.adoption();
    let adopted = adoption.run(part, &|_| {}).expect("adopted");
    assert_eq!((adopted.read, adopted.stored), (20, 20));
    let verified = adoption.verify(part, 10, &|_| {}).expect("compared");
    assert_eq!((verified.messages, verified.different), (20, 0));
    let rest = both.adopt();
    assert_eq!((rest.skipped, rest.stored), (20, 980));
    both.assert_all_is_here();
}

#[test]
fn what_differs_is_told() {
    let both = both();
    both.old.sql(&many(300));
    both.adopt();
    both.new.sql("DELETE FROM messages WHERE msg_id = 'id-7'");
    both.new.sql(
        "DELETE FROM users_messages WHERE msg_id = (SELECT id FROM messages WHERE msg_id = 'id-9')",
    );
    both.new
        .sql("UPDATE messages SET msg = '{\"n\": 1}', agent_name = NULL WHERE msg_id <> 'id-9'");
    let verified = both.verify();
    let has = |words: &str| verified.differences.iter().any(|told| told.contains(words));
    assert!(
        has("1 of a.b.c.git.1 are missing here: id-7"),
        "{verified:?}"
    );
    assert!(has("1 users of messages are missing here"), "{verified:?}");
    assert!(has("differs: agent_name, msg"), "{verified:?}");
}

#[test]
fn what_is_missing_does_not_hide_behind_others_of_its_topic() {
    let both = both();
    both.old.sql(&many(300));
    both.adopt();
    both.new
        .sql("UPDATE messages SET msg_id = 'other' WHERE msg_id = 'id-7'");
    let verified = both.verify();
    let told = verified.differences.iter();
    let mut of_topic = told.filter(|told| told.contains("are missing here: id-7"));
    assert!(of_topic.next().is_some(), "{verified:?}");
}

#[test]
fn nothing_is_written_to_the_other_archive() {
    let both = both();
    both.old.sql(&many(100));
    let everything = "SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM messages t";
    let before = both.old.sql(everything);
    both.old.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'written'; END $$;
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON messages EXECUTE FUNCTION refuse();
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON users EXECUTE FUNCTION refuse();",
    );
    both.adopt();
    both.verify();
    assert_eq!(both.old.sql(everything), before);
}
