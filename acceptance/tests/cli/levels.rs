//! SIGHUP: the levels of the log are read again from the file, and a mistake in them changes nothing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use acceptance::{consume, program};
use devstack::{Process, Signal, free_port};
use tempfile::NamedTempFile;

const PATIENCE: Duration = Duration::from_secs(60);
/// A database that is away: neither program needs one for this.
const AWAY: &str = "postgresql://127.0.0.1:1/none";

/// Writes the file, sends SIGHUP and waits for a line that comes after it.
fn hang_up(process: &mut Process, file: &Path, text: &str, expected: &str) {
    std::fs::write(file, text).expect("written");
    let before = process.log_length();
    process.signal(Signal::SIGHUP).expect("signalled");
    process
        .wait_for_line_from(before, expected, PATIENCE)
        .unwrap_or_else(|error| panic!("{expected}: {error}"));
}

/// Starts a program with a file, of which `with` makes the whole, given the line that sets levels.
fn obeys(command: &mut Command, file: &Path, with: impl Fn(&str) -> String) {
    let mut process = Process::spawn(command).expect("a program");
    process
        .wait_for_line("database", PATIENCE)
        .expect("it tells where its database is or that it is away");
    let mut hang_up = |line, expected| hang_up(&mut process, file, &with(line), expected);
    hang_up("log = 'debug'", "the log has other levels");
    hang_up(
        "log = 'loud'",
        "levels of the log not read again: the old ones stay",
    );
    hang_up(
        "log = ",
        "levels of the log not read again: the old ones stay",
    );
    hang_up("log = 'warn'", "levels=\"warn\" before=\"debug\"");
    hang_up("", "before=\"warn\"");
}

#[test]
fn nommer_takes_levels_from_its_file() {
    let file = NamedTempFile::with_suffix(".toml").expect("a file");
    let with =
        |line: &str| format!("[consumer_config]\ndatanommer_sqlalchemy_url = '{AWAY}'\n{line}\n");
    std::fs::write(file.path(), with("")).expect("written");
    obeys(
        &mut consume(file.path()).expect("nommer"),
        file.path(),
        with,
    );
    std::fs::write(file.path(), with("log = 'verbose'")).expect("written");
    let output = consume(file.path()).expect("nommer").output();
    let output = output.expect("nommer");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("consumer_config.log: must be error, warn, info, debug, trace or off"),
        "{said}"
    );
}

fn grepper(file: &Path) -> Command {
    let listen = format!("127.0.0.1:{}", free_port().expect("a port"));
    let mut command = program("grepper").expect("grepper");
    command
        .args(["--database-url", AWAY, "--listen", &listen, "--config"])
        .arg(file);
    command
}

#[test]
fn grepper_takes_levels_from_its_file() {
    let file = NamedTempFile::with_suffix(".toml").expect("a file");
    obeys(&mut grepper(file.path()), file.path(), str::to_owned);
    std::fs::write(file.path(), "log = 'verbose'").expect("written");
    let output = grepper(file.path()).output().expect("grepper");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("log must be error, warn"), "{said}");
}

#[test]
fn what_the_environment_says_of_levels_stays() {
    let file = NamedTempFile::with_suffix(".toml").expect("a file");
    let mut command = grepper(file.path());
    let mut process = Process::spawn(command.env("RUST_LOG", "info")).expect("grepper");
    process
        .wait_for_line("listening", PATIENCE)
        .expect("it listens");
    let expected = "RUST_LOG is set: levels of the log stay as it says";
    hang_up(&mut process, file.path(), "log = 'debug'", expected);
}
