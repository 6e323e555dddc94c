//! What is wrong with the archive while messages are stored.

use chrono::{Datelike as _, Utc};
use lapin::BasicProperties;

use crate::alerts::start_watched;
use crate::stack::Stack;
use crate::support::amqp::Publisher;
use crate::support::programs::clean;
use crate::support::rows;

pub const ALERTS: &[&str] = &[
    "NommerCounterNotes",
    "NommerDeadLetters",
    "NommerPartitionMissing",
    "NommerTaskFails",
];

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
    let Some((stack, mut prometheus)) = start_watched() else {
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

    // Whatever it is that keeps notes from being folded.
    sql(&stack, "ALTER TABLE counters RENAME TO counters_away");
    prometheus.fires(&["NommerTaskFails", "NommerCounterNotes"]);
    sql(&stack, "ALTER TABLE counters_away RENAME TO counters");
    stream.finish();
    prometheus.assert_all_fired(ALERTS);
}
