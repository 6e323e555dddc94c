//! What is wrong with the archive while messages are stored.

use std::io::Write as _;

use chrono::{Datelike as _, Utc};
use lapin::BasicProperties;
use tempfile::NamedTempFile;

use crate::alerts::start_watched;
use crate::stack::Stack;
use crate::support::amqp::Publisher;
use crate::support::programs::{clean, migrate};
use crate::support::rows;

pub const ALERTS: &[&str] = &[
    "NommerCounterNotes",
    "NommerDeadLetters",
    "NommerPartitionMissing",
    "NommerSequenceBehind",
    "NommerTaskFails",
    "TopicSilent",
];

/// The topic of the stream, and how long it may be silent: longer than it takes to be looked at again.
const EXPECTED: &str = "[topics]\n\"load.b.c.d\" = \"25s\"\n";

fn sql(stack: &Stack, sql: &str) -> Vec<String> {
    rows(&stack.postgres, &stack.database.name, sql)
}

fn discard_letters(stack: &Stack) {
    let discarded = clean("nommer")
        .args(["dead-letters", "discard", "--because", "no message", "1"])
        .env("DATABASE_URL", &stack.database.url)
        .output()
        .expect("nommer");
    assert!(discarded.status.success(), "{discarded:?}");
}

#[test]
fn what_is_wrong_with_the_archive_is_told() {
    let mut expected = NamedTempFile::with_suffix(".toml").expect("a file");
    expected.write_all(EXPECTED.as_bytes()).expect("written");
    let started = start_watched(|rabbit, database| {
        let path = expected.path().display();
        format!(
            "{}expected = '{path}'\n",
            Stack::config_of(rabbit, database)
        )
    });
    let Some((stack, mut prometheus)) = started else {
        return;
    };
    let stream = stack.stream();
    stack.wait_for_stored(100);
    prometheus.is_calm();

    let publisher = Publisher::connect(&stack.rabbit.url());
    publisher.publish("load.x", BasicProperties::default(), b"no message");
    prometheus.fires(&["NommerDeadLetters"]);
    discard_letters(&stack);
    prometheus.is_calm();

    let year = Utc::now().year();
    for year in [year, year + 1] {
        sql(&stack, &format!("DROP TABLE messages_y{year}"));
    }
    prometheus.fires(&["NommerPartitionMissing"]);
    for year in [year, year + 1] {
        sql(&stack, &format!("SELECT messages_add_partition({year})"));
    }
    prometheus.is_calm();

    // Somebody copies a message with its key.
    sql(
        &stack,
        "INSERT INTO messages SELECT (json_populate_record(m, '{\"id\": 5000000, \"msg_id\": \"copied\"}')).* FROM messages AS m LIMIT 1",
    );
    prometheus.fires(&["NommerSequenceBehind"]);
    migrate(&stack.database.url);
    prometheus.is_calm();

    // Whatever it is that keeps notes from being folded.
    sql(&stack, "ALTER TABLE counters RENAME TO counters_away");
    prometheus.fires(&["NommerCounterNotes"]);
    stream.finish();
    prometheus.fires(&["NommerTaskFails", "TopicSilent"]);
    sql(&stack, "ALTER TABLE counters_away RENAME TO counters");
    publisher.publish("load.b.c.d", BasicProperties::default(), b"{}");
    prometheus.assert_all_fired(ALERTS);
}
