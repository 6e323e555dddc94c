//! `nommer extract`, killed in the middle.

use std::time::Duration;

use devstack::Process;

use crate::support::programs::{clean, migrate};
use crate::zoo::{Directory, archive_unknown, known};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_killed_run_is_continued_where_its_last_chunk_ended() {
    const MESSAGES: u32 = 8000;
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    archive_unknown(postgres, &database, MESSAGES);
    let directory = Directory::with_rule();
    let extract = |arguments: &[&str]| {
        let mut command = clean("nommer");
        command
            .args([
                "extract",
                "all",
                "-c",
                "/dev/null",
                "--chunk-size",
                "100",
                "--rules",
                directory.path(),
            ])
            .args(arguments)
            .env("DATABASE_URL", &database.url);
        Process::spawn(&command).expect("nommer")
    };
    let mut first = extract(&[]);
    first
        .wait_for_line("Done with 1000 messages", PATIENCE)
        .expect("ten chunks");
    first.kill().expect("killed");
    let log = first.log().expect("a log");
    let told = log
        .lines()
        .rfind(|line| line.starts_with("Done with"))
        .expect("a place");
    let done: u32 = told
        .split_whitespace()
        .nth(2)
        .and_then(|word| word.parse().ok())
        .expect("a number");
    assert!(
        (1000..MESSAGES).contains(&done),
        "it was killed in the middle: {told}"
    );
    // What was told is committed; one more chunk may be.
    let [users, packages, agents] = known(postgres, &database);
    assert!([done, done + 100].contains(&agents), "{agents}: {told}");
    assert_eq!((users, packages), (3 * agents, agents));

    let (_, place) = told.split_once("--after ").expect("a place");
    let mut second = extract(&["--after", place]);
    let status = second.wait(PATIENCE).expect("waited").expect("ended");
    let log = second.log().expect("a log");
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(
        log.contains(&format!("Considering {} messages", MESSAGES - done)),
        "{log}"
    );
    assert_eq!(
        known(postgres, &database),
        [3 * MESSAGES, MESSAGES, MESSAGES]
    );
}
