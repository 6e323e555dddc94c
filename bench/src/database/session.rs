//! A psql that stays: asking often must not take the processor from what is measured.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, ensure};
use devstack::Database;

/// A session with a database.
pub struct Session {
    psql: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Session {
    /// Connects.
    pub fn open(database: &Database) -> Result<Self> {
        let mut psql = devstack::psql(&database.url)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("psql")?;
        let questions = psql.stdin.take().context("psql's input")?;
        let answers = BufReader::new(psql.stdout.take().context("psql's output")?);
        Ok(Self {
            psql,
            questions,
            answers,
        })
    }

    /// Asks for one number.
    pub fn number(&mut self, sql: &str) -> Result<usize> {
        writeln!(self.questions, "{sql};").context("psql has ended")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        ensure!(!answer.is_empty(), "psql has ended");
        answer
            .trim()
            .parse()
            .with_context(|| format!("{sql}: {answer}"))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.psql.kill();
        let _ = self.psql.wait();
    }
}
