//! A PostgreSQL server that ends, or stands still, without having been asked to.

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

    /// Has all its processes stand still, or go on.
    ///
    /// # Errors
    /// When it does not run.
    pub fn freeze(&self, stands: bool) -> Result<()> {
        let signal = match stands {
            true => Signal::SIGSTOP,
            false => Signal::SIGCONT,
        };
        let pid = self.pid().context("PostgreSQL does not run")?;
        kill(Pid::from_raw(pid as i32), signal).context("signalling PostgreSQL")?;
        for child in children(pid) {
            let _ = kill(Pid::from_raw(child), signal);
        }
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
