//! `nommer dead-letters`

mod discard;
mod export;
mod list;
mod missing;
mod options;
mod output;
mod retry;
mod show;
mod walk;

use archive::{DeadLetters, migration};
use clap::Subcommand;

use self::options::{DiscardOptions, ExportOptions, ListOptions, RetryOptions, ShowOptions};
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// Tell which there are, oldest first.
    List(ListOptions),
    /// Show one with its properties and its body.
    Show(ShowOptions),
    /// Write them whole, a JSON object a line.
    Export(ExportOptions),
    /// Decode them again by the rules of now, and store those that can be. Ends with 1 if any cannot.
    Retry(RetryOptions),
    /// Mark them as discarded, which keeps them out of lists and retries.
    Discard(DiscardOptions),
}

/// Looks at dead letters, or decides about them.
pub fn run(config: &Config, command: &DeadLettersCommand) -> Result<(), Exit> {
    let options = database::options(config)?;
    migration::check(&options)?;
    let letters = DeadLetters::new(&options);
    match command {
        DeadLettersCommand::List(options) => list::run(&letters, options),
        DeadLettersCommand::Show(options) => show::run(&letters, options),
        DeadLettersCommand::Export(options) => export::run(&letters, options),
        DeadLettersCommand::Retry(options) => retry::run(config, &letters, options),
        DeadLettersCommand::Discard(options) => discard::run(&letters, options),
    }
}
