//! A PostgreSQL server that ends without having been asked to.

use std::fs::{read_dir, read_to_string};

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::postgres::{Postgres, STOP};

impl Postgres {
    /// Ends the server and all its processes by SIGKILL, as a lack of memory might. The data
    /// stays; the next start has to recover.
    ///
    /// # Errors
    /// When it does not run, or does not end.
    pub fn kill(&mut self) -> Result<()> {
        let pid = self.pid().context("PostgreSQL does not run")?;
        let children = children(pid);
        let ended = self.server.end(Signal::SIGKILL, STOP);
        // They have process groups of their own, and would notice only after a while.
        for child in children {
            let _ = kill(Pid::from_raw(child), Signal::SIGKILL);
        }
        ended.context("killing PostgreSQL")?;
        Ok(())
    }
}

fn children(parent: u32) -> Vec<i32> {
    let entries = read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &i32| parent_of(*pid) == Some(parent))
        .collect()
}

fn parent_of(pid: i32) -> Option<u32> {
    let text = read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    let after = text.rsplit_once(')')?.1;
    after.split_whitespace().nth(1)?.parse().ok()
}
