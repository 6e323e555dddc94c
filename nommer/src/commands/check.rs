//! `nommer check`: for who watches with plugins such as those of Nagios.

mod archive;
mod certificates;
mod database;
mod freshness;
mod queue;
mod verdict;

use std::ffi::OsString;

use clap::Subcommand;
use clap::error::{Error, ErrorKind};
use service::{complain, say};

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

/// What there is to check, as a command line and an answer have it.
const SERVICES: [(&str, &str); 5] = [
    ("queue", "QUEUE"),
    ("database", "DATABASE"),
    ("archive", "ARCHIVE"),
    ("freshness", "FRESHNESS"),
    ("certificates", "CERTIFICATES"),
];

/// What a command line that is wrong wants to check, if it does: `CHECK` where that cannot be told.
pub fn asked(arguments: &[OsString]) -> Option<&'static str> {
    let mut words = Vec::new();
    let mut arguments = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = arguments.next() {
        match &*word {
            "-c" | "--config" | "--conf" | "--rules" => drop(arguments.next()),
            option if option.starts_with('-') => {}
            _ => words.push(word),
        }
    }
    let named = |word: &str| SERVICES.into_iter().find(|(name, _)| *name == word);
    let service = words.get(1).and_then(|word| named(word));
    (words.first()? == "check").then(|| service.map_or("CHECK", |(_, service)| service))
}

/// Says in a line what is wrong with a command line, and more of it on standard error; answers the code to end with.
pub fn refuse(service: &str, error: &Error) -> u8 {
    let rendered = error.render().to_string();
    complain(rendered.trim_end());
    let told = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "say what to check",
        _ => rendered.lines().next().unwrap_or_default(),
    };
    let verdict = Verdict::only(Grade::Unknown, told.trim_start_matches("error: "));
    say(verdict.line(service));
    verdict.grade().code()
}

fn check(config: &Config, command: &CheckCommand) -> Verdict {
    let fault = match command {
        CheckCommand::Queue(options) => options.fault(),
        CheckCommand::Certificates(options) => options.fault(),
        _ => None,
    };
    if let Some(fault) = fault {
        return Verdict::only(Grade::Unknown, fault);
    }
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
    let place = match command {
        CheckCommand::Queue(_) => 0,
        CheckCommand::Database => 1,
        CheckCommand::Archive => 2,
        CheckCommand::Freshness(_) => 3,
        CheckCommand::Certificates(_) => 4,
    };
    SERVICES[place].1
}
