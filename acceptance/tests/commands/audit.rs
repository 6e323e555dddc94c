//! What is wrong with an archive, each thing planted.

use std::io::Write as _;

use devstack::{Database, Postgres};
use tempfile::NamedTempFile;

use crate::typed::{migrated, run};

/// Messages of a topic on each of the last 100 days but the very last ones.
const DAILY: &str = r#"
    INSERT INTO messages (msg_id, i, topic, "timestamp", category, agent_name, msg, headers)
    SELECT 'm' || day, 0, 'a.b.c.git.receive', date_trunc('day', now() AT TIME ZONE 'UTC') - day * interval '1 day' + interval '1 hour',
           'git', 'bob', '{"commit": {"rev": "1111111111111111111111111111111111111111", "namespace": "rpms", "repo": "zsh"}}', '{}'
    FROM generate_series(1, 100) AS day;
    INSERT INTO users (name) VALUES ('bob');
    INSERT INTO packages (name) VALUES ('zsh');
    INSERT INTO users_messages SELECT users.id, messages.id, "timestamp" FROM users, messages;
    INSERT INTO packages_messages SELECT packages.id, messages.id, "timestamp" FROM packages, messages"#;

fn archive() -> (&'static Postgres, Database) {
    archive_with("SELECT")
}

fn archive_with(more: &str) -> (&'static Postgres, Database) {
    let (postgres, database) = migrated();
    postgres.run_sql(&database.name, DAILY).expect(DAILY);
    let told = run(&database.url, &["nommer", "extract", "subjects"]);
    assert!(told.text().contains("100 given other subjects"), "{told:?}");
    postgres.run_sql(&database.name, more).expect(more);
    let folded = run(&database.url, &["nommer", "counters", "rebuild"]);
    assert_eq!(folded.code, Some(0), "{folded:?}");
    (postgres, database)
}

/// What an audit says, and its code.
fn audit(database: &Database, arguments: &[&str]) -> (Option<i32>, String) {
    let ended = run(&database.url, &[&["nommer", "audit"], arguments].concat());
    assert!(ended.code < Some(2), "{ended:?}");
    (ended.code, ended.text().to_owned())
}

/// Plants what `sql` does wrong into an archive, and looks for the only finding.
#[track_caller]
fn check_found(sql: &str, arguments: &[&str], expected: &str) {
    let (postgres, database) = archive();
    postgres.run_sql(&database.name, sql).expect(sql);
    let (code, said) = audit(&database, arguments);
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains(expected), "{said}");
}

#[test]
fn nothing_is_wrong_with_an_archive_as_it_should_be() {
    let (_, database) = archive();
    for arguments in [&[][..], &["--full"]] {
        assert_eq!(
            audit(&database, arguments),
            (Some(0), "nothing is wrong\n".to_owned())
        );
    }
    assert_eq!(audit(&database, &["--json"]), (Some(0), String::new()));
    let (_, empty) = migrated();
    assert_eq!(audit(&empty, &[]).0, Some(0));
}

#[test]
fn wrong_counters_of_sampled_days_are_found_whatever_they_count() {
    // Of the first day, which is always looked at.
    let of_first = "span = 'd' AND start = (SELECT min(start) FROM counters WHERE span = 'd')";
    for (kind, told) in [
        ("m", "counter: all messages, day 2"),
        ("c", r#"counter: category "git", day 2"#),
        (
            "t",
            r#"counter: topic "a.b.c.git.receive" of category "git", day 2"#,
        ),
        ("a", r#"counter: agent "bob", day 2"#),
        ("u", r#"counter: user "bob", day 2"#),
        ("p", r#"counter: package "zsh", day 2"#),
        ("s", r#"counter: component "4681044361811696084", day 2"#),
    ] {
        let sql =
            format!("UPDATE counters SET count = count + 5 WHERE kind = '{kind}' AND {of_first}");
        check_found(&sql, &[], told);
    }
    let hour = format!("UPDATE counters SET hours[2] = 8 WHERE kind = 'm' AND {of_first}");
    check_found(&hour, &[], "T01: says 8, there are 1");
    // One that says nothing of what is there, and one that says something of what is not.
    check_found(
        &format!("DELETE FROM counters WHERE kind = 'a' AND {of_first}"),
        &[],
        "says 0, there are 1",
    );
    let sql = "INSERT INTO counters (kind, name, span, start, category, count)
               SELECT 'a', 'eve', 'd', min(start), '', 3 FROM counters WHERE span = 'd'";
    check_found(sql, &[], r#"agent "eve", day 2"#);
}

#[test]
fn wrong_ids_of_a_sampled_day_are_found() {
    // All of a day are more than are counted without ids.
    let more = r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg)
                  SELECT 'x' || n, 0, 'a.b.c.git.receive', timestamp '2024-05-01' + n * interval '1 minute', 'git', '{}' FROM generate_series(1, 40) AS n"#;
    let (postgres, database) = archive_with(more);
    let (code, said) = audit(&database, &[]);
    assert_eq!(code, Some(0), "{said}");
    let sql = "UPDATE counters SET ids = (SELECT ids FROM counters WHERE kind = 'c' AND span = 'm' AND start = '2024-05-01')
               WHERE kind = 't' AND span = 'd' AND start = '2024-05-01'";
    postgres.run_sql(&database.name, "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg) VALUES ('y', 0, 'a.b.c.git.receive', '2024-05-02', 'git', '{}')").expect("stored");
    let folded = run(&database.url, &["nommer", "counters", "rebuild"]);
    assert_eq!(folded.code, Some(0), "{folded:?}");
    postgres.run_sql(&database.name, sql).expect(sql);
    let (_, said) = audit(&database, &[]);
    assert_eq!(
        said,
        "counter: topic \"a.b.c.git.receive\", day 2024-05-01: says 41 ids, there are 40\n"
    );
}

#[test]
fn a_month_that_is_not_the_sum_of_its_days_is_found() {
    let sql = "UPDATE counters SET count = count + 5 WHERE kind = 'c' AND span = 'm'
                 AND start = (SELECT min(start) FROM counters WHERE span = 'm')";
    let (postgres, database) = archive();
    postgres.run_sql(&database.name, sql).expect(sql);
    let (_, said) = audit(&database, &[]);
    // And the year.
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(
        said.contains(r#"counter: category "git", month 2"#),
        "{said}"
    );
}

#[test]
fn a_wrong_counter_of_any_day_is_found_by_a_full_audit() {
    let sql = "UPDATE counters SET count = count + 5 WHERE kind = 't' AND span = 'm'
                 AND start = (SELECT min(start) FROM counters WHERE span = 'm')";
    check_found(
        sql,
        &["--full"],
        "counter: topic \"a.b.c.git.receive\" of category \"git\", month ",
    );
}

#[test]
fn messages_that_are_stored_with_other_subjects_than_the_rules_tell_are_found() {
    let of_first =
        "msg_timestamp = (SELECT min(\"timestamp\") FROM messages WHERE topic LIKE 'a.b.c.git%')";
    let told =
        "with none: a.b.c.git.receive (1); `nommer extract subjects` stores what the rules tell";
    for (sql, with_none) in [
        (format!("DELETE FROM message_subjects WHERE {of_first}"), 1),
        (
            format!("UPDATE message_subjects SET subjects = '{{5}}' WHERE {of_first}"),
            0,
        ),
    ] {
        check_found(&sql, &[], &format!("tell, {with_none} of them {told}"));
        check_found(&sql, &["--full"], "subjects: 1 of 100 messages looked at");
    }
}

#[test]
fn an_archive_that_is_older_than_its_rules_is_one_finding_which_extraction_mends() {
    let (postgres, database) = archive();
    let sql = "DELETE FROM message_subjects";
    postgres.run_sql(&database.name, sql).expect(sql);
    for arguments in [&[][..], &["--full"]] {
        let (code, said) = audit(&database, arguments);
        assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.starts_with("subjects: "), "{said}");
    }
    let mended = run(&database.url, &["nommer", "extract", "subjects"]);
    assert_eq!(mended.code, Some(0), "{mended:?}");
    assert_eq!(audit(&database, &["--full"]).1, "nothing is wrong\n");
}

#[test]
fn users_without_a_message_are_found_by_a_full_audit() {
    let sql = "ALTER TABLE users_messages DISABLE TRIGGER ALL;
               INSERT INTO users_messages (user_id, msg_id, msg_timestamp) VALUES (1, 999999, '2024-05-01')";
    let (postgres, database) = archive();
    postgres.run_sql(&database.name, sql).expect(sql);
    let (code, said) = audit(&database, &["--full"]);
    let last = said.lines().last().unwrap_or_default();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(
        last,
        "ties: 1 users, packages or subjects have no message: `nommer counters rebuild` mends them"
    );
}

#[test]
fn a_sequence_behind_its_table_is_found() {
    let sql = "SELECT setval('messages_id_seq', 7)";
    check_found(
        sql,
        &[],
        "sequence: messages_id_seq is behind its table, at 7 of 100",
    );
}

#[test]
fn a_missing_partition_is_found_and_what_strayed() {
    let sql = "DO $$ BEGIN EXECUTE format('DROP TABLE messages_y%s', extract(year FROM now())::int + 1); END $$";
    check_found(sql, &[], "has none: `nommer consume` makes it");
    let (postgres, database) = archive();
    postgres
        .run_sql(
            &database.name,
            r#"DO $$ DECLARE year int := extract(year FROM now())::int + 1;
               BEGIN EXECUTE format('DROP TABLE messages_y%s', year);
                 INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg) VALUES
                   ('stray', 0, 't', make_timestamp(year, 5, 1, 0, 0, 0), 'git', '{}'),
                   ('odd', 0, 't', '0001-05-01', 'git', '{}'); END $$"#,
        )
        .expect("strayed");
    let (_, said) = audit(&database, &[]);
    assert!(
        said.contains("messages_default has 1 message of years"),
        "{said}"
    );
}

#[test]
fn dead_letters_are_told_with_the_age_of_the_oldest() {
    let sql = "INSERT INTO dead_letters (digest, reason, received_at, last_received_at, queue, exchange, routing_key, properties, body)
               SELECT convert_to('f' || n, 'UTF8'), 'no JSON', timestamp '2024-05-01' + (n - 1) * interval '1 day', '2024-05-09', 'q', 'e', 'k', '{}', 'x' FROM generate_series(2, 4) AS n";
    check_found(
        sql,
        &[],
        "dead letters: 3 kept, the oldest of 2024-05-02T00:00:00Z",
    );
}

#[test]
fn silence_is_told_by_rhythm_and_by_what_is_expected() {
    let (postgres, database) = archive();
    let sql = r#"DELETE FROM messages WHERE "timestamp" > (now() AT TIME ZONE 'UTC') - interval '9 days'"#;
    postgres.run_sql(&database.name, sql).expect("silent");
    let (_, said) = audit(&database, &[]);
    let [category, topic] = said.lines().collect::<Vec<_>>()[..] else {
        panic!("{said}")
    };
    assert!(
        category.starts_with("silent category: git since 2"),
        "{said}"
    );
    assert!(
        topic.starts_with("silent topic: a.b.c.git.receive since 2"),
        "{said}"
    );
    let (_, json) = audit(&database, &["--json"]);
    let first: serde_json::Value =
        serde_json::from_str(json.lines().next().expect("a line")).expect("JSON");
    assert_eq!(
        (&first["check"], &first["name"]),
        (&"silent category".into(), &"git".into())
    );
    let mut file = NamedTempFile::new().expect("a file");
    let path = file.path().to_str().expect("UTF-8").to_owned();
    let mut expect = |text: &str| {
        file.as_file().set_len(0).expect("emptied");
        file.write_all(text.as_bytes()).expect("written");
        std::io::Seek::rewind(&mut file).expect("rewound");
        run(&database.url, &["nommer", "audit", "--expected", &path])
    };
    let patient =
        expect("[categories]\ngit = \"30d\"\n[topics]\n\"a.b.c.git.receive\" = \"300h\"\n");
    assert_eq!(patient.code, Some(0), "{patient:?}");
    let late = expect(
        "[categories]\ngit = \"30d\"\nfas = \"3h\"\n[topics]\n\"a.b.c.git.receive\" = \"3h\"\n",
    );
    assert_eq!(late.code, Some(1), "{late:?}");
    assert!(
        late.text()
            .contains("silent category: fas has never been heard of"),
        "{late:?}"
    );
    assert!(late.text().contains(", and 3h are expected"), "{late:?}");
    let wrong = expect("[categories]\ngit = \"soon\"\n");
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
}

/// How old, in seconds, the latest message of a category or topic may be: what the incumbent's operators watch for.
const WATCHED: [(&str, i64); 26] = [
    ("anitya", 1_814_400),
    ("ansible", 604_800),
    ("bodhi", 604_800),
    ("org.fedoraproject.prod.bodhi.compose.start", 90_000),
    ("buildsys", 86_400),
    ("compose", 1_814_400),
    ("copr", 86_400),
    ("fas", 2_628_000),
    ("badges", 259_200),
    ("fedocal", 23_652_000),
    ("fmn", 1_814_400),
    ("git", 604_800),
    ("github", 604_800),
    ("hotness", 1_814_400),
    ("kerneltest", 1_814_400),
    ("koschei", 604_800),
    ("mdapi", 86_400),
    ("meetbot", 2_628_000),
    ("pkgdb", 2_628_000),
    ("planet", 7_884_000),
    ("resultsdb", 172_800),
    ("trac", 259_200),
    ("org.fedoraproject.prod.buildsys.rpm.sign", 14_400),
    ("wiki", 1_814_400),
    ("mailman", 86_400),
    ("bugzilla", 259_200),
];

#[test]
fn what_the_incumbents_operators_watch_for_is_told_when_it_is_late_and_not_before() {
    let (postgres, database) = migrated();
    let mut file = NamedTempFile::new().expect("a file");
    let is_topic = |name: &str| name.contains('.');
    for (table, of_topics) in [("categories", false), ("topics", true)] {
        writeln!(file, "[{table}]").expect("written");
        for (name, seconds) in WATCHED {
            if is_topic(name) == of_topics {
                writeln!(file, "\"{name}\" = \"{seconds}s\"").expect("written");
            }
        }
    }
    // Every other one is late by an hour.
    let mut late = Vec::new();
    for (n, (name, seconds)) in WATCHED.into_iter().enumerate() {
        let (topic, category) = match is_topic(name) {
            true => (name.to_owned(), "of a topic"),
            false => (format!("a.b.c.{name}.x"), name),
        };
        let age = seconds + if n % 2 == 0 { 3600 } else { -3600 };
        let sql = format!(
            r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg)
               VALUES ('{n}', 0, '{topic}', (now() AT TIME ZONE 'UTC') - {age} * interval '1 second', '{category}', '{{}}')"#
        );
        postgres.run_sql(&database.name, &sql).expect("stored");
        if n % 2 == 0 {
            late.push(name);
        }
    }
    let path = file.path().to_str().expect("UTF-8");
    let (code, said) = audit(&database, &["--expected", path, "--json"]);
    assert_eq!(code, Some(1), "{said}");
    let names = said.lines().map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).expect("JSON");
        finding["name"].as_str().expect("a text").to_owned()
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    late.sort_unstable();
    assert_eq!(names, late);
}
