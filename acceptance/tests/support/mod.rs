//! What all acceptance tests share: the real binaries, a client that sends exactly what it is told,
//! and the optional shared data.

#![allow(
    dead_code,
    missing_docs,
    unused_imports,
    reason = "each test binary uses a part"
)]

pub mod amqp;
pub mod blocks;
pub mod differ;
pub mod golden_database;
pub mod http;
pub mod memory;
pub mod programs;
pub mod sample_archive;
pub mod shared_data;
pub mod virtual_environment;

use std::time::{Duration, Instant};

/// How much longer than a good machine a busy one may take.
const BUSY: u32 = 4;

/// Polls until `condition` holds, which on a good machine it does within `timeout`.
#[track_caller]
pub fn eventually(what: &str, timeout: Duration, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    let timeout = timeout * BUSY;
    while !condition() {
        assert!(start.elapsed() < timeout, "not within {timeout:?}: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The rows that `sql` answers, by psql.
pub fn rows(postgres: &devstack::Postgres, database: &str, sql: &str) -> Vec<String> {
    let answer = postgres.run_sql(database, sql).expect(sql);
    answer.lines().map(str::to_owned).collect()
}
