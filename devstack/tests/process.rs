//! Other programs under supervision.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use devstack::{Process, Signal};

const SOON: Duration = Duration::from_secs(10);

fn shell(script: &str) -> Result<Process> {
    Process::spawn(Command::new("/bin/sh").args(["-c", script]))
}

#[test]
fn lines_of_both_outputs_are_waited_for() -> Result<()> {
    let mut process = shell("echo one; sleep 0.2; echo number two >&2; exec sleep 1000")?;
    assert_eq!(process.wait_for_line("two", SOON)?, "number two");
    assert_eq!(process.wait_for_line("one", SOON)?, "one");
    let error = process
        .wait_for_line("three", Duration::from_millis(50))
        .unwrap_err();
    assert!(error.to_string().contains("number two"), "{error}");
    let later = process.wait_for_line_from(process.log_length(), "one", Duration::ZERO);
    assert!(later.is_err());
    Ok(())
}

#[test]
fn waiting_for_a_line_ends_with_the_program() -> Result<()> {
    let mut process = shell("echo gone")?;
    let error = process
        .wait_for_line("never", Duration::from_secs(1000))
        .unwrap_err();
    assert!(error.to_string().contains("before its end"), "{error}");
    let mut missing = Process::spawn(&Command::new("/no/such/program"))?;
    assert_eq!(
        missing.wait(SOON)?.and_then(|status| status.code()),
        Some(127)
    );
    assert!(missing.log()?.contains("/no/such/program"));
    Ok(())
}

#[test]
fn arguments_environment_and_folder_are_passed_on() -> Result<()> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", r#"echo "$1|$MARK|${HOME-none}|$(pwd)""#, "sh", "a b"]);
    let mut process = Process::spawn(
        command
            .env("MARK", "it's")
            .env_remove("HOME")
            .current_dir("/"),
    )?;
    assert_eq!(process.wait_for_line("|", SOON)?, "a b|it's|none|/");
    Ok(())
}

#[test]
fn the_end_tells_its_cause() -> Result<()> {
    let mut asked = shell("trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done")?;
    asked.wait_for_line("ready", SOON)?;
    assert_eq!(asked.wait(Duration::ZERO)?, None);
    asked.terminate()?;
    assert_eq!(asked.wait(SOON)?.and_then(|status| status.code()), Some(3));
    assert!(asked.terminate().is_err());

    let mut stopped = shell("exec sleep 1000")?;
    stopped.signal(Signal::SIGSTOP)?;
    assert_eq!(stopped.kill()?.signal(), Some(9));
    Ok(())
}

#[test]
fn dropping_it_kills_it_and_removes_its_log() -> Result<()> {
    let process = shell("exec sleep 1000")?;
    let pid = process.pid().context("it runs")?;
    let log = process.log_file().to_owned();
    process.signal(Signal::SIGSTOP)?;
    drop(process);
    assert!(!Path::new(&format!("/proc/{pid}")).exists());
    assert!(!log.exists());
    Ok(())
}

#[test]
fn a_binary_that_was_not_built_is_reported_with_advice() -> Result<()> {
    let error = devstack::binary("no-such-binary").unwrap_err();
    assert!(
        error.to_string().contains("cargo build --workspace"),
        "{error}"
    );
    assert!(devstack::binary("devstack")?.is_file());
    Ok(())
}
