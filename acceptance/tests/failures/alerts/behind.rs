//! A standby that grepper reads, and that stops to follow.

use std::thread::sleep;
use std::time::Duration;

use devstack::{Postgres, PostgresOptions, free_port};

use crate::alerts::prometheus::Prometheus;
use crate::support::programs::{Grepper, migrate};
use crate::support::rows;

pub const ALERTS: &[&str] = &["GrepperReplicaBehind"];

#[test]
fn a_standby_that_does_not_follow_is_told_and_an_idle_one_is_not() {
    let watched = free_port().expect("a port");
    let Some(mut prometheus) = Prometheus::watching(&[("grepper", watched)]) else {
        return;
    };
    let postgres = Postgres::start(PostgresOptions::default()).expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let standby = postgres
        .standby(PostgresOptions::default())
        .expect("a standby");
    let address = format!("127.0.0.1:{watched}");
    let _grepper = Grepper::start(&standby.url(&database.name), &["--monitoring", &address]);
    let commit = || rows(&postgres, &database.name, "CREATE TEMPORARY TABLE made ()");
    commit();
    // Longer than the rules here bear, and the time between two looks.
    sleep(Duration::from_secs(25));
    prometheus.is_calm();

    rows(&standby, "postgres", "SELECT pg_wal_replay_pause()");
    commit();
    prometheus.fires(ALERTS);
    rows(&standby, "postgres", "SELECT pg_wal_replay_resume()");
    prometheus.assert_all_fired(ALERTS);
}
