//! Servers that are started again while an archive is taken over.

use std::process::Stdio;
use std::time::{Duration, Instant};

use devstack::{Database, Postgres, PostgresOptions, StopMode};

use crate::both::{INDEXES, TABLES, adopt, messages};
use crate::support::programs::migrate;

/// Six slices of them.
const MESSAGES: u32 = 120_000;

/// Waits until so many slices are recorded.
fn wait_for_slices(server: &Postgres, database: &Database, slices: u32) {
    let limit = Instant::now() + Duration::from_secs(120);
    let recorded = || -> u32 {
        let sql = "SELECT count(*) FROM adoption_slices";
        let count = server.run_sql(&database.name, sql).expect("counted");
        count.parse().expect("a number")
    };
    while recorded() < slices {
        assert!(Instant::now() < limit, "no more slices are read");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_run_survives_a_restart_of_either_server() {
    let server = || Postgres::start(PostgresOptions::default()).expect("a server");
    let (mut there, mut here) = (server(), server());
    // These servers are copies of one: only the numbers of databases tell theirs apart.
    there.fresh_database().expect("another database");
    let old = there.fresh_database().expect("a database");
    let new = here.fresh_database().expect("a database");
    for sql in [TABLES, &messages(MESSAGES), INDEXES] {
        there.run_sql(&old.name, sql).expect("made");
    }
    migrate(&new.url);
    let mut nommer = adopt(&old, &new, &["--jobs", "1"]);
    let nommer = nommer.stdout(Stdio::piped()).spawn().expect("nommer");
    let restart = |server: &mut Postgres| {
        server.stop(StopMode::Fast).expect("stopped");
        std::thread::sleep(Duration::from_secs(2));
        server.start_again().expect("started");
    };
    wait_for_slices(&here, &new, 1);
    restart(&mut here);
    wait_for_slices(&here, &new, 3);
    restart(&mut there);
    let output = nommer.wait_with_output().expect("ended");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    for words in ["120000 stored, 0 here before", "all of it is here"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let ties = "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM users_messages)";
    let ties = here.run_sql(&new.name, ties).expect("counted");
    assert_eq!(ties, format!("{MESSAGES}|{MESSAGES}"));
}
