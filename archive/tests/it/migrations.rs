//! The schema: how it is made, unmade, checked and printed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use archive::{StoreError, migration};

use crate::support::{empty, message, migrated};

/// How many there are.
fn migrations() -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let entries = std::fs::read_dir(folder).expect("a folder");
    let folders = entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir()));
    folders.count()
}

#[test]
fn each_migration_can_be_rolled_back_and_applied_again() {
    let fixture = empty();
    let applied = migration::apply(&fixture.options).expect("applied");
    assert!(
        migration::apply(&fixture.options)
            .expect("applied again")
            .is_empty()
    );
    let dump =
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1";
    let full = fixture.sql(dump);
    for count in 1..=applied.len() {
        let reverted = migration::revert(&fixture.options, count).expect("reverted");
        assert_eq!(reverted.len(), count);
        assert!(
            matches!(migration::check(&fixture.options), Err(StoreError::Schema(reason)) if reason.contains("nommer migrate"))
        );
        migration::apply(&fixture.options).expect("applied after a rollback");
        assert_eq!(fixture.sql(dump), full);
    }
    migration::revert(&fixture.options, applied.len()).expect("reverted");
    let left = fixture.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'
         UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    );
    assert_eq!(left, "", "a full rollback leaves nothing behind");
}

#[test]
fn migrations_can_be_rolled_back_over_rows() {
    let fixture = migrated();
    fixture.store([message("a")]);
    migration::revert(&fixture.options, usize::MAX).expect("reverted");
    migration::apply(&fixture.options).expect("applied");
    assert!(fixture.all().is_empty());
}

#[test]
fn a_migration_that_waits_for_a_dump_lets_writers_pass() {
    // Before and after there are subjects.
    for released in [5, 15] {
        let_writers_pass(released);
    }
}

/// Applies all but as many while a dump reads all tables.
fn let_writers_pass(released: usize) {
    let fixture = migrated();
    let newer = migrations() - released;
    migration::revert(&fixture.options, newer).expect("reverted");
    std::thread::scope(|scope| {
        let dump = scope.spawn(|| {
            let all = "SELECT string_agg(format('%I', relname), ', ') FROM pg_class
                       WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace";
            let tables = fixture.sql(all);
            fixture.sql(&format!("BEGIN; LOCK TABLE {tables} IN ACCESS SHARE MODE; SELECT pg_sleep(8)"))
        });
        let dumping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        while fixture.sql(dumping) != "1" {
            std::thread::sleep(Duration::from_millis(50));
        }
        let migrating = scope.spawn(|| migration::apply(&fixture.options).expect("applied"));
        for id in 0..4 {
            std::thread::sleep(Duration::from_millis(500));
            let began = Instant::now();
            fixture.sql(&format!(
                "INSERT INTO messages (msg_id, i, topic, timestamp, category, msg, headers)
                 VALUES ('{id}', 0, 't', '2026-11-25', 'c', '{{}}', '{{}}')"
            ));
            let waited = began.elapsed();
            assert!(
                waited < Duration::from_secs(4),
                "a writer waited for {waited:?}"
            );
        }
        assert!(!dump.is_finished(), "messages were stored beside the dump");
        dump.join().expect("dumped");
        assert_eq!(migrating.join().expect("migrated").len(), newer);
    });
    let verified = fixture.upkeep.verify_counters(10);
    assert_eq!(verified.expect("verified"), []);
}

#[test]
fn check_knows_an_unmigrated_a_migrated_and_a_newer_database() {
    let fixture = empty();
    let refused = |fragment: &str| match migration::check(&fixture.options) {
        Err(StoreError::Schema(reason)) => assert!(reason.contains(fragment), "{reason}"),
        other => panic!("{other:?}"),
    };
    let all = migrations();
    refused(&format!(
        "lacks {all} of {all} migrations: run `nommer migrate`"
    ));
    migration::apply(&fixture.options).expect("applied");
    migration::check(&fixture.options).expect("known");
    fixture.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000000')");
    refused("99991231000000");
}

#[test]
fn a_plan_and_what_applies_it_refuse_the_same_databases() {
    let refused = |fixture: &crate::support::Fixture, why: &str| {
        let answers = [
            archive::plan_migrations(&fixture.options).map(drop),
            migration::apply(&fixture.options).map(drop),
            migration::check(&fixture.options),
        ];
        for answer in answers {
            let is_told = matches!(&answer, Err(StoreError::Schema(told)) if told.contains(why));
            assert!(is_told, "{why}: {answer:?}");
        }
    };
    // Made by programs of which this one does not know.
    let fixture = empty();
    fixture.sql("CREATE TABLE __diesel_schema_migrations (version varchar PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now())");
    fixture.sql("INSERT INTO __diesel_schema_migrations VALUES ('20990101000000')");
    refused(&fixture, "upgrade the program");
    // What it cannot hold would stop all that comes behind it.
    let fixture = empty();
    let name = &fixture.database.name;
    let server = devstack::shared_postgres().expect("a PostgreSQL server");
    for encoding in ["LATIN1", "SQL_ASCII"] {
        for sql in [
            format!("DROP DATABASE {name}"),
            format!("CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"),
        ] {
            server.run_sql("postgres", &sql).expect("made anew");
        }
        refused(&fixture, &format!("the encoding {encoding}"));
    }
}

#[test]
fn a_plan_does_not_wait_for_locks_for_long() {
    let fixture = migrated();
    let started = Instant::now();
    let locked = std::thread::scope(|scope| {
        let locked = scope.spawn(|| {
            fixture.sql("BEGIN; LOCK TABLE messages; SELECT pg_sleep(8); COMMIT");
            started.elapsed()
        });
        std::thread::sleep(Duration::from_secs(1));
        let plan = archive::plan_migrations(&fixture.options);
        assert!(started.elapsed() < Duration::from_secs(7), "{plan:?}");
        locked.join().expect("locked")
    });
    assert!(locked >= Duration::from_secs(8));
}

#[test]
fn searches_in_a_schema_that_is_too_old_say_so_whatever_the_servers_language() {
    let fixture = migrated();
    let name = &fixture.database.name;
    let server = devstack::shared_postgres().expect("a PostgreSQL server");
    let german = format!("ALTER DATABASE \"{name}\" SET lc_messages = 'de_DE.utf8'");
    if server.run_sql(name, &german).is_err() {
        println!("in English only: there is no locale de_DE.utf8");
    }
    assert_eq!(fixture.reader.total().expect("counted"), 0);
    migration::revert(&fixture.options, migrations()).expect("reverted");
    for answer in [fixture.reader.total().err(), fixture.reader.find("a").err()] {
        let Some(StoreError::Schema(reason)) = answer else {
            panic!("{answer:?}");
        };
        assert!(reason.contains("run `nommer migrate`"), "{reason}");
    }
    migration::apply(&fixture.options).expect("applied");
    assert_eq!(fixture.reader.total().expect("counted"), 0);
    // A refusal that has nothing to do with it stays one.
    fixture.sql("ALTER TABLE users RENAME name TO called");
    let answer = fixture.reader.find("a");
    assert!(matches!(answer, Err(StoreError::Refused(_))), "{answer:?}");
}

#[test]
fn tables_of_others_are_not_touched() {
    let fixture = empty();
    fixture.sql("CREATE TABLE messages (id integer)");
    assert!(
        matches!(migration::apply(&fixture.options), Err(StoreError::Schema(reason)) if reason.contains("empty database"))
    );
}

#[test]
fn two_programs_may_migrate_at_once() {
    let fixture = empty();
    let applied: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| migration::apply(&fixture.options).expect("applied").len()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    assert_eq!(applied.iter().sum::<usize>(), migrations(), "{applied:?}");
}

#[test]
fn schema_rs_is_what_diesel_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let fixture = migrated();
    let own = root.join("target/tools/bin/diesel");
    let diesel = if own.exists() {
        own.into_os_string()
    } else {
        "diesel".into()
    };
    let printed = Command::new(diesel)
        .args(["print-schema", "--database-url", &fixture.database.url])
        .current_dir(&root)
        .output()
        .expect("the diesel command: run ./install --tests");
    assert!(
        printed.status.success(),
        "{}",
        String::from_utf8_lossy(&printed.stderr)
    );
    let schema = std::fs::read_to_string(root.join("schema.rs")).expect("schema.rs");
    assert_eq!(String::from_utf8_lossy(&printed.stdout), schema);
}

/// Names that the incumbent's programs know.
#[test]
fn the_incumbents_tables_columns_and_keys_are_there() {
    let fixture = migrated();
    let columns = fixture.sql(
        "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns
         WHERE table_name IN ('messages', 'users', 'packages', 'users_messages', 'packages_messages', 'alembic_version')
         ORDER BY table_name, ordinal_position",
    );
    let expected = "alembic_version.version_num character varying NO
messages.id bigint NO
messages.msg_id character varying YES
messages.i integer NO
messages.topic character varying NO
messages.timestamp timestamp without time zone NO
messages.certificate text YES
messages.signature text YES
messages.category character varying NO
messages.agent_name character varying YES
messages.crypto text YES
messages.source_name character varying YES
messages.source_version character varying YES
messages.msg text NO
messages.headers jsonb YES
packages.id integer NO
packages.name text YES
packages_messages.package_id integer NO
packages_messages.msg_id bigint NO
packages_messages.msg_timestamp timestamp without time zone NO
users.id integer NO
users.name text YES
users_messages.user_id integer NO
users_messages.msg_id bigint NO
users_messages.msg_timestamp timestamp without time zone NO";
    assert_eq!(columns, expected);
    assert_eq!(
        fixture.sql("SELECT version_num FROM alembic_version"),
        "f4fdb5442d05"
    );
    assert_eq!(fixture.sql("SELECT count(*) FROM recent_topics"), "0");
}

/// The tables that a transaction keeps others from, but for those that it made.
const HELD: &str = "SELECT CASE WHEN mode IN ('AccessExclusiveLock', 'ExclusiveLock') THEN 'closed ' ELSE 'read_only ' END || relname
    FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE pid = pg_backend_pid() AND relkind IN ('r', 'p', 'v') AND NOT relispartition AND relname = ANY (there.names)
      AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')";

#[test]
fn a_plan_tells_which_tables_each_migration_keeps_others_from() {
    let fixture = empty();
    let plan = archive::plan_migrations(&fixture.options).expect("planned");
    assert_eq!(plan.len(), migrations());
    let nothing =
        fixture.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace");
    assert_eq!(nothing, "0", "a plan makes nothing");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    fixture.sql(
        "CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now())",
    );
    for step in &plan {
        let told = archive::plan_migrations(&fixture.options)
            .expect("planned")
            .remove(0);
        assert_eq!(told.name, step.name);
        let up = std::fs::read_to_string(folder.join(&step.name).join("up.sql")).expect("SQL");
        let there = "SELECT coalesce(array_agg(relname::text), '{}') AS names FROM pg_class WHERE relnamespace = 'public'::regnamespace";
        let script = format!(
            "CREATE TEMP TABLE there AS {there}; BEGIN; {up};
             SELECT DISTINCT held FROM there CROSS JOIN LATERAL ({HELD}) AS held (held) ORDER BY 1; COMMIT"
        );
        let printed = fixture.sql(&script);
        let lines: Vec<&str> = printed
            .lines()
            .filter(|line| line.starts_with("closed ") || line.starts_with("read_only "))
            .collect();
        let all = |kind: &str, tables: &[&str]| -> Vec<String> {
            tables
                .iter()
                .map(|table| format!("{kind} {table}"))
                .collect()
        };
        let closed = all("closed", &told.closed);
        let mut stronger = closed.clone();
        stronger.extend(all("read_only", &told.read_only));
        stronger.sort_unstable();
        let held: Vec<String> = lines
            .iter()
            .filter(|line| {
                !line.starts_with("read_only")
                    || !closed.contains(&line.replace("read_only", "closed"))
            })
            .map(|line| (*line).to_owned())
            .collect();
        assert_eq!(held, stronger, "{}", step.name);
        let version: String = step
            .name
            .chars()
            .take(17)
            .filter(char::is_ascii_digit)
            .collect();
        fixture.sql(&format!(
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"
        ));
    }
    assert_eq!(
        archive::plan_migrations(&fixture.options).expect("planned"),
        []
    );
}
