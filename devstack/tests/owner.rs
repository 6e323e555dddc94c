//! What is left when an owner of servers is killed.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use devstack::Process;

#[test]
fn no_process_and_no_folder_outlives_a_killed_owner() -> Result<()> {
    let mut owner = std::env::current_exe()?;
    owner.pop();
    owner.pop();
    let mut owner = Process::spawn(&Command::new(owner.join("examples/owner")))?;
    owner.wait_for_line("ready", Duration::from_secs(60))?;
    let mut traces = vec![format!("OWNER={}", owner.pid().context("it runs")?)];
    let log = owner.log()?;
    traces.extend(
        log.lines()
            .filter(|line| line.starts_with('/'))
            .map(str::to_owned),
    );
    assert_eq!(traces.len(), 4, "{traces:?}");
    // PostgreSQL and its workers; epmd, the node and its helpers; sleep; watchdogs.
    let before = users(&traces);
    assert!(before.len() > 10, "{before:?}");

    owner.kill()?;
    let deadline = Instant::now() + Duration::from_secs(15);
    loop {
        let left = users(&traces);
        let folders = traces.iter().filter(|trace| Path::new(trace).exists());
        if left.is_empty() && folders.count() == 0 {
            return Ok(());
        }
        assert!(Instant::now() < deadline, "left: {left:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// The command lines of the processes which have one of `traces` in their command
/// line, environment or working folder.
fn users(traces: &[String]) -> Vec<String> {
    let read = |path: &Path| fs::read(path).unwrap_or_default();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).replace('\0', " ");
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|process| {
            let path = process.path();
            let command_line = text(read(&path.join("cmdline")));
            let environment = text(read(&path.join("environ")));
            let folder = fs::read_link(path.join("cwd")).unwrap_or_default();
            let all = format!("{command_line}\n{environment}\n{}", folder.display());
            traces
                .iter()
                .any(|trace| all.contains(trace))
                .then_some(command_line)
        })
        .collect()
}
