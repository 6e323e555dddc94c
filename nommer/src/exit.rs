//! The ways the program can end, each with its exit code.
//!
//! Codes that the incumbent has too mean the same here, as service units and
//! monitoring know them.

use archive::StoreError;
use metadata::Faults;
use service::{complain, error_chain};

use crate::words::counted;

/// How the program ended.
#[derive(Debug, thiserror::Error)]
pub enum Exit {
    /// It did what it was asked to, or was stopped and left nothing behind.
    #[error("stopped cleanly")]
    Clean,
    /// It cannot start, an error of its own stopped it, or what it was to compare differs.
    #[error("{0}")]
    Failed(String),
    /// The command line, the configuration file or a rule file is wrong.
    #[error("{0}")]
    Config(String),
    /// The broker refused a queue or a binding when they were declared for the first time.
    #[error("the broker refused to declare {0}")]
    Declare(String),
    /// The broker refused to start a consumer for the first time.
    #[error("the broker refused to deliver from {0}")]
    Consume(String),
    /// A queue is a stream.
    #[error(
        "queue {0} is a stream, of which nothing is consumed: bind a classic or a quorum queue"
    )]
    Stream(String),
    /// A queue is none, where one was named.
    #[error("queue {0} is no stream: `nommer consume` without --from-stream takes from it")]
    NoStream(String),
    /// The broker was reached for the first time and refused the connection.
    #[error("the broker refused the connection: {0}")]
    Handshake(String),
    /// The broker does not permit to read from a queue.
    #[error("the broker does not permit to read from {0}")]
    Forbidden(String),
    /// The database has another schema than this program knows.
    #[error("{0}")]
    Schema(String),
    /// A check has said what is wrong, and this is the code for it.
    #[error("checked")]
    Checked(u8),
    /// The deadline for shutting down passed before everything was stored.
    #[error("the deadline for shutting down has passed; {} with the broker", staying(*.0))]
    Deadline(u64),
}

fn staying(deliveries: u64) -> String {
    match deliveries {
        1 => "1 delivery stays".to_owned(),
        _ => format!("{deliveries} deliveries stay"),
    }
}

impl Exit {
    /// A part of the program has ended by this error, which is a mistake in it.
    pub fn own(error: &dyn std::fmt::Display) -> Self {
        Self::Failed(format!("an error of the program: {error}"))
    }

    /// The code for the operating system.
    pub fn code(&self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Failed(_) => 1,
            Self::Config(_) => 2,
            Self::Declare(_) => 10,
            Self::Consume(_) | Self::Stream(_) | Self::NoStream(_) => 11,
            Self::Handshake(_) => 14,
            Self::Forbidden(_) => 15,
            Self::Schema(_) => 20,
            Self::Checked(code) => *code,
            Self::Deadline(_) => 21,
        }
    }
}

impl From<StoreError> for Exit {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Schema(reason) => Self::Schema(reason),
            error => Self::Failed(error_chain(&error)),
        }
    }
}

/// Rules with mistakes. The lines of these go to standard error as they are.
impl From<Faults> for Exit {
    fn from(Faults(faults): Faults) -> Self {
        for fault in &faults {
            complain(fault);
        }
        let mistakes = counted(faults.len() as u64, "mistake");
        Self::Config(format!("{mistakes} in the rules"))
    }
}

/// The table of exit codes for `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
   0  done, or stopped by SIGTERM or SIGINT with nothing left behind
   1  cannot start (no database URL, for example), or an error of the program itself;
      `rules test` found an answer that is not as expected, `dead-letters` was given a number
      that is none's, `dead-letters retry` found some that are refused again, `import` could
      not read everything or was stopped, `consume --from-stream` was stopped or the stream had lost what it was
      to bring, `audit` found something, or `adopt` found that something is missing or differs
   2  wrong option or configuration file, a mistake in a rule file, or `replay` wants --yes
  10  the broker refused to declare a queue or a binding (first time only), or has no exchange to replay to
  11  the broker refused to start a consumer (first time only)
  14  the broker was reached and refused the connection (first time only)
  15  no permission to read from a queue (first time only)
  20  the database has a schema that this version does not know: run `nommer migrate`
  21  stopped at the deadline for shutting down, with deliveries left to the broker";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_lists_every_code() {
        let text = String::new;
        for exit in [
            Exit::Clean,
            Exit::Failed(text()),
            Exit::Config(text()),
            Exit::Declare(text()),
            Exit::Consume(text()),
            Exit::Handshake(text()),
            Exit::Forbidden(text()),
            Exit::Schema(text()),
            Exit::Deadline(0),
        ] {
            let listed = EXIT_CODES
                .lines()
                .any(|line| line.trim_start().starts_with(&format!("{}  ", exit.code())));
            assert!(listed, "{exit:?}");
        }
    }
}
