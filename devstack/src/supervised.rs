//! A program that ends with its owner and can be started again.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::watchdog::{Reach, Watchdog, spawn_behind_gate};

/// How often to look whether something has happened.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// A program under a watchdog; at most one runs at a time.
#[derive(Debug)]
pub(crate) struct Supervised {
    watchdog: Watchdog,
    child: Option<Child>,
    status: Option<ExitStatus>,
    log: PathBuf,
}

impl Supervised {
    /// Nothing runs yet. The output of what will run goes to `log`. In the end
    /// `folder` is removed, once `last_signal` or else SIGKILL stopped the program.
    pub(crate) fn new(folder: Option<&Path>, log: PathBuf, last_signal: &str) -> Result<Self> {
        let watchdog = Watchdog::new(folder, last_signal, Reach::Group)?;
        Ok(Self::under(watchdog, log))
    }

    /// As [`Self::new`]; in the end, all that works in the folder is killed with the program.
    pub(crate) fn with_all_in(folder: &Path, log: PathBuf) -> Result<Self> {
        let watchdog = Watchdog::new(Some(folder), "KILL", Reach::Folder)?;
        Ok(Self::under(watchdog, log))
    }

    fn under(watchdog: Watchdog, log: PathBuf) -> Self {
        Self {
            watchdog,
            child: None,
            status: None,
            log,
        }
    }

    /// Starts a `gated` command.
    pub(crate) fn launch(&mut self, command: &mut Command) -> Result<()> {
        if self.running()? {
            bail!("it is running already");
        }
        let open = OpenOptions::new().create(true).append(true).open(&self.log);
        let log = open.with_context(|| format!("opening {}", self.log.display()))?;
        command.stdout(log.try_clone()?).stderr(log);
        self.status = None;
        self.child = Some(spawn_behind_gate(command, &mut self.watchdog)?);
        Ok(())
    }

    /// The process id, unless it has ended.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// The file the output goes to.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn running(&mut self) -> Result<bool> {
        self.poll()?;
        Ok(self.child.is_some())
    }

    /// Sends `signal` to the program and to what it started in its process group.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.pid().context("it is not running")?;
        // The pid is still ours: a child keeps it until it was waited for.
        let group = Pid::from_raw(i32::try_from(pid)?);
        killpg(group, signal).with_context(|| format!("sending {signal} to {pid}"))
    }

    /// Sends `signal`, if it still runs, and waits for the end.
    pub(crate) fn end(&mut self, signal: Signal, timeout: Duration) -> Result<ExitStatus> {
        if self.running()? {
            self.signal(signal)?;
        }
        match self.wait(timeout)? {
            Some(status) => Ok(status),
            None => bail!("it still runs {timeout:?} after {signal}"),
        }
    }

    /// Waits for the end; `None` when it still runs after `timeout`.
    pub(crate) fn wait(&mut self, timeout: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + timeout;
        loop {
            self.poll()?;
            if self.child.is_none() || Instant::now() >= deadline {
                return Ok(self.status);
            }
            thread::sleep(TICK);
        }
    }

    fn poll(&mut self) -> Result<()> {
        let Some(child) = &mut self.child else {
            return Ok(());
        };
        if let Some(status) = child.try_wait().context("waiting for a child")? {
            self.status = Some(status);
            self.child = None;
            self.watchdog.tell(None)?;
        }
        Ok(())
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.watchdog.let_go();
        if let Some(child) = &mut self.child {
            let _ = child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder;
    use crate::watchdog::gated;

    /// Starts a program that starts another one in a group of its own; answers that one's process id.
    fn with_a_child_apart(folder: &Path, supervised: &mut Supervised) -> String {
        let mut shell = gated("/bin/sh");
        shell.args(["-c", "setsid sleep 1000 & echo $! > pid; exec sleep 1000"]);
        supervised
            .launch(shell.current_dir(folder))
            .expect("launched");
        loop {
            let pid = std::fs::read_to_string(folder.join("pid")).unwrap_or_default();
            if pid.ends_with('\n') {
                return pid.trim_end().to_owned();
            }
            thread::sleep(TICK);
        }
    }

    #[test]
    fn what_a_program_started_in_a_group_of_its_own_ends_with_the_folder() {
        let folder = folder::create("sweep-", None).expect("a folder");
        let mut supervised =
            Supervised::with_all_in(&folder, folder.join("log")).expect("a watchdog");
        let pid = with_a_child_apart(&folder, &mut supervised);
        // One that has ended and that nobody waited for has none.
        let works = || std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok();
        assert!(works());
        drop(supervised);
        assert!(!works(), "it is still there");
        assert!(!folder.exists());
    }
}
