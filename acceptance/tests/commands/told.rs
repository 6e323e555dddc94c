//! Tables that are made, and what is told of what is in them.

use crate::support::rows;
use crate::typed::{empty, migrated, run, said};

/// Messages of two categories: one of a year and a half ago, some of lately, one of tomorrow.
const MESSAGES: &str = r#"
    INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
    SELECT name, 0, topic, utc.now + age::interval, category, '{"of": "' || name || '"}', '{"sent-at": "then"}'
    FROM (SELECT now() AT TIME ZONE 'UTC') AS utc (now), (VALUES
        ('old',      'a.b.c.git.push',   'git',    '-540 days'),
        ('latest',   'a.b.c.git.push',   'git',    '-2 days'),
        ('before',   'a.b.c.git.branch', 'git',    '-3 days'),
        ('ancient',  'a.b.c.fas.add',    'fas',    '-366 days'),
        ('tomorrow', 'a.b.c.qu.x',       'qu"ote', '1 day')) AS m (name, topic, category, age)"#;

fn item(category: &str, name: &str, topic: &str) -> String {
    format!(
        r#"{{"{category}": {{"body": {{"of": "{name}"}}, "headers": {{"sent-at": "then"}}, "id": "{name}", "priority": 0, "queue": null, "topic": "{topic}"}}}}"#
    )
}

#[test]
fn tables_are_made_once_and_left_alone_after() {
    let (postgres, database) = empty();
    for name in [&["datanommer-create-db"][..], &["nommer", "create-db"]] {
        assert_eq!(
            said(&database.url, name),
            "Creating Datanommer database and tables\n"
        );
    }
    assert_eq!(
        said(&database.url, &["nommer", "migrate"]),
        "nothing to do\n"
    );
    assert_eq!(
        rows(
            postgres,
            &database.name,
            "SELECT version_num FROM alembic_version"
        ),
        ["f4fdb5442d05"]
    );
    // Steps are told beside it.
    let (_, other) = empty();
    let ended = run(&other.url, &["datanommer-create-db"]);
    assert!(
        ended
            .stderr
            .contains("applied 2026-11-21-000001_create_archive"),
        "{ended:?}"
    );
}

#[test]
fn stats_are_those_of_messages_that_are_there() {
    let (postgres, database) = migrated();
    assert_eq!(said(&database.url, &["nommer", "stats"]), "");
    let sql = |sql: &str| postgres.run_sql(&database.name, sql).expect(sql);
    sql(MESSAGES);
    let stats =
        |arguments: &[&str]| said(&database.url, &[&["nommer", "stats"], arguments].concat());
    assert_eq!(
        stats(&[]),
        "fas has 1 entries\ngit has 3 entries\nqu\"ote has 1 entries\n"
    );
    assert_eq!(
        stats(&["--topic", "--category", "git"]),
        "a.b.c.git.branch has 1 entries\na.b.c.git.push has 2 entries\n"
    );
    assert_eq!(stats(&["--category", "git"]), "git has 3 entries\n");
    assert_eq!(stats(&["--category", ""]), stats(&[]));
    // Folded or not, and whatever went.
    said(&database.url, &["nommer", "counters", "rebuild"]);
    sql(
        "DELETE FROM messages WHERE category = 'fas'; UPDATE messages SET topic = E'new\\nline' WHERE topic = 'a.b.c.qu.x'",
    );
    assert_eq!(stats(&[]), "git has 3 entries\nqu\"ote has 1 entries\n");
    assert_eq!(
        stats(&["--topic", "--category", "qu\"ote"]),
        "new\\nline has 1 entries\n"
    );
}

#[test]
fn the_latest_are_told_of_each_category_and_of_what_is_asked_for() {
    let (postgres, database) = migrated();
    let latest =
        |arguments: &[&str]| said(&database.url, &[&["nommer", "latest"], arguments].concat());
    assert_eq!(latest(&[]), "[]\n");
    postgres.run_sql(&database.name, MESSAGES).expect("stored");
    let git = item("git", "latest", "a.b.c.git.push");
    let quote = item(r#"qu\"ote"#, "tomorrow", "a.b.c.qu.x");
    let branch = item("git", "before", "a.b.c.git.branch");
    for (arguments, expected) in [
        (&[][..], format!("[{git},{quote}]\n")),
        (&["--overall"], format!("[{quote}]\n")),
        (&["--category", "git"], format!("[{git}]\n")),
        (&["--category", "git", "--overall"], format!("[{git}]\n")),
        (
            &["--topic", "a.b.c.git.branch", "--category", "fas"],
            format!("[{branch}]\n"),
        ),
        (&["--category", "fas"], "[]\n".to_owned()),
        (&["--category", "", "--overall"], format!("[{quote}]\n")),
    ] {
        assert_eq!(latest(arguments), expected, "{arguments:?}");
    }
    // Whatever the time zone of this machine is.
    let since = latest(&["--timesince", "--category", "git"]);
    let seconds: i64 = since
        .trim()
        .trim_matches(['[', ']', '"'])
        .parse()
        .expect("seconds");
    assert!((172_800..173_400).contains(&seconds), "{since}");
    let human = latest(&["--timesince", "--human"]);
    assert!(
        human.starts_with("[\"2 days, 0:0") && human.contains("\",\""),
        "{human}"
    );
}

#[test]
fn a_view_is_fresh_after_a_refresh() {
    let (postgres, database) = migrated();
    postgres.run_sql(&database.name, MESSAGES).expect("stored");
    let said = said(&database.url, &["datanommer-refresh-view"]);
    assert_eq!(
        said,
        "Recent topics materialized view refreshed successfully\n"
    );
    let view = "SELECT topic, message_count FROM recent_topics ORDER BY topic";
    assert_eq!(
        rows(postgres, &database.name, view),
        ["a.b.c.git.branch|1", "a.b.c.git.push|1", "a.b.c.qu.x|1"]
    );
}

#[test]
fn without_tables_there_is_nothing_to_tell() {
    let (_, database) = empty();
    for verb in ["dump", "stats", "latest", "refresh-view"] {
        let ended = run(&database.url, &["nommer", verb]);
        assert_eq!(ended.code, Some(20), "{ended:?}");
        assert!(ended.stdout.is_empty(), "{ended:?}");
        assert!(ended.stderr.contains("run `nommer migrate`"), "{ended:?}");
    }
}
