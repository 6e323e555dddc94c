//! A nommer or grepper that ends and starts again and again, and whose log outlives it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use devstack::{Process, Signal};

/// Longer than any program may take to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// One of the programs under test.
pub struct Program {
    pub name: String,
    command: Command,
    process: Option<Process>,
    /// Where the logs of all its lives are gathered.
    log: PathBuf,
}

impl Program {
    /// Starts `command`; its log will be `<folder>/<name>.log`.
    pub fn start(name: &str, command: Command, folder: &Path) -> Result<Self> {
        let mut program = Self {
            name: name.to_owned(),
            command,
            process: None,
            log: folder.join(format!("{name}.log")),
        };
        program.start_again()?;
        Ok(program)
    }

    /// Starts it after its end.
    pub fn start_again(&mut self) -> Result<()> {
        self.process = Some(Process::spawn(&self.command)?);
        Ok(())
    }

    /// The process id, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref()?.pid()
    }

    /// Ends it by SIGKILL.
    pub fn kill(&mut self) -> Result<()> {
        if let Some(process) = &mut self.process {
            process.kill()?;
        }
        self.keep_log()
    }

    /// Asks it to end, and answers its exit code; none where a signal ended it.
    pub fn terminate(&mut self) -> Result<Option<i32>> {
        let process = self.process.as_mut().context("it does not run")?;
        process.terminate()?;
        let status = process.wait(PATIENCE)?;
        let status = status.with_context(|| format!("{} runs on after SIGTERM", self.name))?;
        self.keep_log()?;
        Ok(status.code())
    }

    /// Sends a signal that does not end it.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let process = self.process.as_ref().context("it does not run")?;
        process.signal(signal)
    }

    /// What ended it, if it has ended without being asked to; then it is started again.
    pub fn revive(&mut self) -> Result<Option<String>> {
        let Some(process) = &mut self.process else {
            return Ok(None);
        };
        let Some(status) = process.wait(Duration::ZERO)? else {
            return Ok(None);
        };
        self.keep_log()?;
        self.start_again()?;
        Ok(Some(format!("{} ended by itself with {status}", self.name)))
    }

    /// Adds the log of the life that ended to the others.
    fn keep_log(&mut self) -> Result<()> {
        let Some(process) = self.process.take() else {
            return Ok(());
        };
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)?;
        file.write_all(process.log()?.as_bytes())
            .with_context(|| format!("writing {}", self.log.display()))
    }

    /// The gathered log.
    pub fn log(&self) -> &Path {
        &self.log
    }
}
