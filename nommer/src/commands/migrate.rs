//! `nommer migrate`

use archive::{AdvancedSequence, Upkeep, migration};
use clap::Args;
use service::say;

use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// Which way to go.
#[derive(Debug, Args)]
pub struct MigrateOptions {
    /// Take back the newest migrations instead, with the data in what they made.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    rollback: Option<usize>,
}

/// Applies the migrations that are missing, or takes some back, and tells which.
pub fn run(config: &Config, asked: &MigrateOptions) -> Result<(), Exit> {
    let options = database::options(config)?;
    let (done, names) = match asked.rollback {
        Some(count) => ("rolled back", migration::revert(&options, count)),
        None => ("applied", migration::apply(&options)),
    };
    let names = names?;
    let sequences = match asked.rollback {
        Some(_) => Vec::new(),
        None => Upkeep::new(&options).advance_sequences()?,
    };
    if names.is_empty() && sequences.is_empty() {
        say("nothing to do");
    }
    for name in names {
        say(format_args!("{done} {name}"));
    }
    for AdvancedSequence { name, from, to } in sequences {
        say(format_args!("advanced {name} from {from} to {to}"));
    }
    Ok(())
}
