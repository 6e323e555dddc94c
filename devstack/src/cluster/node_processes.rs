//! The processes of a node's PostgreSQL, one by one and all together.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cluster::node::Node;

impl Node {
    /// Ends PostgreSQL's first process by SIGKILL; Patroni stays.
    ///
    /// # Errors
    /// When there is none.
    pub fn kill_postmaster(&self) -> Result<()> {
        let file = self.data().join("postmaster.pid");
        let text = fs::read_to_string(&file).context("PostgreSQL does not run")?;
        let pid = text.lines().next().and_then(|line| line.parse().ok());
        kill(Pid::from_raw(pid.context("a process id")?), Signal::SIGKILL)
            .context("killing PostgreSQL")
    }

    /// Sends a signal to the process that receives the log from the primary.
    ///
    /// # Errors
    /// When there is none.
    pub fn signal_receiver(&self, signal: Signal) -> Result<()> {
        let receiver = |pid: &i32| command_line(*pid).contains("walreceiver");
        let receiver = self.processes().into_iter().find(receiver);
        let pid = Pid::from_raw(receiver.context("there is no receiver")?);
        kill(pid, signal).context("signalling the receiver")
    }

    /// Sends a signal to all processes of the machine, such as one to stop and one to go on.
    pub fn signal_all(&self, signal: Signal) {
        for pid in self.processes() {
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Ends all that is left of the machine.
    pub(super) fn end_all(&self) {
        while !self.processes().is_empty() {
            self.signal_all(Signal::SIGKILL);
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// All that work in its folder.
    fn processes(&self) -> Vec<i32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let inside = |path: &Path| {
            fs::read_link(path.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&self.folder))
        };
        entries
            .filter(|entry| inside(&entry.path()))
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .collect()
    }
}

fn command_line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
