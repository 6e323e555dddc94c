//! Other programs under supervision: nommer, grepper, the simulator.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use crate::supervised::{Supervised, TICK};
use crate::watchdog::gated;
use crate::{folder, log};

/// A running program. It is killed when this value is dropped or when the process
/// that holds it ends, even by SIGKILL.
#[derive(Debug)]
pub struct Process {
    supervised: Supervised,
    program: PathBuf,
}

impl Process {
    /// Starts `command`: its program, arguments, changes to the environment and
    /// working folder. Nothing is read from standard input; standard output and
    /// error go to [`Process::log`]. Anything else set on `command` is ignored
    /// (`env_clear` too, which cannot be asked for: remove variables one by one).
    ///
    /// # Errors
    /// When it cannot be started. A program that does not exist ends with 127.
    pub fn spawn(command: &Command) -> Result<Self> {
        let folder = folder::create("process-", None)?;
        let mut supervised = Supervised::new(Some(&folder), folder.join("log"), "KILL")?;
        let program = PathBuf::from(command.get_program());
        let mut actual = gated(&program);
        actual.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => actual.env(name, value),
                None => actual.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            actual.current_dir(folder);
        }
        let launched = supervised.launch(&mut actual);
        launched.with_context(|| format!("starting {}", program.display()))?;
        Ok(Self {
            supervised,
            program,
        })
    }

    /// The process id; `None` once the end was noticed.
    pub fn pid(&self) -> Option<u32> {
        self.supervised.pid()
    }

    /// Everything the program has written so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String> {
        log::read_from(self.supervised.log(), 0)
    }

    /// The log file; it is removed with this value.
    pub fn log_file(&self) -> &Path {
        self.supervised.log()
    }

    /// The length of the log in bytes, for [`Process::wait_for_line_from`].
    pub fn log_length(&self) -> u64 {
        log::length(self.supervised.log())
    }

    /// Waits for a line that contains `pattern`, plain text, anywhere in the log,
    /// and returns that line.
    ///
    /// # Errors
    /// With the end of the log, when `timeout` is over or the program has ended.
    pub fn wait_for_line(&mut self, pattern: &str, timeout: Duration) -> Result<String> {
        self.wait_for_line_from(0, pattern, timeout)
    }

    /// Like [`Process::wait_for_line`], but ignores the first `offset` bytes.
    ///
    /// # Errors
    /// With the end of the log, when `timeout` is over or the program has ended.
    pub fn wait_for_line_from(
        &mut self,
        offset: u64,
        pattern: &str,
        timeout: Duration,
    ) -> Result<String> {
        let deadline = Instant::now() + timeout;
        loop {
            // Asked first, so that what it wrote just before its end is still read.
            let running = self.supervised.running()?;
            let text = log::read_from(self.supervised.log(), offset)?;
            let complete = text
                .split_inclusive('\n')
                .filter(|line| line.ends_with('\n'));
            if let Some(line) = complete
                .map(str::trim_end)
                .find(|line| line.contains(pattern))
            {
                return Ok(line.to_owned());
            }
            let why = match running {
                true if Instant::now() < deadline => {
                    thread::sleep(TICK);
                    continue;
                }
                true => format!("within {timeout:?}"),
                false => "before its end".to_owned(),
            };
            bail!(
                "{} did not write {pattern:?} {why}, but:\n{}",
                self.program.display(),
                log::tail(self.supervised.log())
            );
        }
    }

    /// Asks the program to end, by SIGTERM. Does not wait.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn terminate(&self) -> Result<()> {
        self.signal(Signal::SIGTERM)
    }

    /// Ends the program by SIGKILL and waits for that.
    ///
    /// # Errors
    /// When it does not end.
    pub fn kill(&mut self) -> Result<ExitStatus> {
        self.supervised
            .end(Signal::SIGKILL, Duration::from_secs(10))
    }

    /// Sends any signal, to its process group.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        self.supervised.signal(signal)
    }

    /// Waits for the end; `None` when it still runs after `timeout`.
    ///
    /// # Errors
    /// When the kernel refuses to tell.
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<ExitStatus>> {
        self.supervised.wait(timeout)
    }
}
