//! Programs and servers that stop or stand still under load.

use std::time::Duration;

use devstack::StopMode;

use crate::alerts::start_watched;
use crate::stack::Stack;

pub const ALERTS: &[&str] = &[
    "NommerBehind",
    "NommerDatabaseAway",
    "NommerDown",
    "NommerNotConsuming",
    "NommerQueueFills",
    "NommerStandsStill",
];

#[test]
fn what_stops_or_stands_still_under_load_is_told() {
    let started = start_watched(|rabbit, database| {
        // Room for less than two hours of the stream, and for much more than this test has.
        let limited = "arguments = { x-max-length = 200000 }";
        Stack::config_of(rabbit, database).replace("arguments = {}", limited)
    });
    let Some((mut stack, mut prometheus)) = started else {
        return;
    };
    let stream = stack.stream();
    stack.wait_for_stored(400);
    prometheus.is_calm();

    let lock = stack.lock_messages();
    prometheus.fires(&[
        "NommerDatabaseAway",
        "NommerStandsStill",
        "NommerBehind",
        "NommerQueueFills",
    ]);
    stack.unlock(lock);
    prometheus.is_calm();

    stack.postgres.stop(StopMode::Fast).expect("stopped");
    prometheus.fires(&["NommerDatabaseAway"]);
    stack.postgres.start_again().expect("started");
    prometheus.is_calm();

    stack.rabbit.stop().expect("stopped");
    prometheus.fires(&["NommerNotConsuming"]);
    stack.rabbit.start_again().expect("started");
    stack.wait_until_consuming();
    prometheus.is_calm();

    stack.nommer.process.kill().expect("killed");
    prometheus.fires(&["NommerDown"]);
    stack.nommer.start_again();
    prometheus.is_calm();

    stack.assert_all_stored_once(stream);
    // A quiet bus is no reason for any.
    std::thread::sleep(Duration::from_secs(8));
    prometheus.assert_all_fired(ALERTS);
}
