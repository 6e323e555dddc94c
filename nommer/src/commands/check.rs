//! `nommer check`: for who watches with plugins such as those of Nagios.

mod archive;
mod certificates;
mod database;
mod freshness;
mod queue;
mod verdict;

use clap::Subcommand;
use service::say;

use self::certificates::CertificateOptions;
use self::freshness::FreshnessOptions;
use self::queue::QueueOptions;
use self::verdict::{Grade, Verdict};
use crate::config::settings::Config;
use crate::exit::Exit;

/// What to look at.
#[derive(Clone, Debug, Subcommand)]
pub enum CheckCommand {
    /// How many messages wait in the queues, and whether anybody consumes them.
    Queue(QueueOptions),
    /// Whether what the database commits stays, and whether anything will soon stand in the way of more.
    Database,
    /// Whether the archive is as it should be: counters, sequences, partitions, dead letters.
    Archive,
    /// Whether messages of each category and topic come as they used to, or as is expected.
    Freshness(FreshnessOptions),
    /// How long the certificates of the connection to the broker are valid yet: ours, the broker's, the authority's.
    Certificates(CertificateOptions),
}

/// Says in a line how it is, and ends with 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 (UNKNOWN), whatever happens.
pub fn run(config: Result<Config, Exit>, command: &CheckCommand) -> Result<(), Exit> {
    let verdict = match config {
        Ok(config) => check(&config, command),
        Err(exit) => Verdict::only(Grade::Unknown, exit.to_string()),
    };
    say(verdict.line(service(command)));
    match verdict.grade() {
        Grade::Ok => Ok(()),
        grade => Err(Exit::Checked(grade.code())),
    }
}

fn check(config: &Config, command: &CheckCommand) -> Verdict {
    match command {
        CheckCommand::Database => database::check(config),
        CheckCommand::Archive => archive::check(config),
        CheckCommand::Freshness(options) => freshness::check(config, options),
        CheckCommand::Certificates(options) => certificates::check(config, *options),
        CheckCommand::Queue(options) => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(queue::check(config, *options)),
                Err(error) => Verdict::only(Grade::Unknown, format!("no threads: {error}")),
            }
        }
    }
}

fn service(command: &CheckCommand) -> &'static str {
    match command {
        CheckCommand::Queue(_) => "QUEUE",
        CheckCommand::Database => "DATABASE",
        CheckCommand::Archive => "ARCHIVE",
        CheckCommand::Freshness(_) => "FRESHNESS",
        CheckCommand::Certificates(_) => "CERTIFICATES",
    }
}
