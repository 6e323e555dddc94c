//! `nommer counters`

use archive::{Upkeep, migration};
use chrono::Utc;
use clap::Subcommand;
use service::say;

use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// So many wrong counters are told.
const MOST_TOLD: u32 = 100;

/// What to do with the counters.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum CountersCommand {
    /// Count everything and list the counters that say something else, at most 100, and users and packages without a message. Ends with 1 if there are any.
    Verify,
    /// Mend them: make all counters anew, while others write and read.
    Rebuild,
}

/// Proves the counters or mends them.
pub fn run(config: &Config, command: CountersCommand) -> Result<(), Exit> {
    let options = database::options(config)?;
    migration::check(&options).map_err(|error| database::refused(&options, error))?;
    let upkeep = Upkeep::new(&options);
    match command {
        CountersCommand::Verify => {
            let wrong = upkeep.verify_counters(MOST_TOLD)?;
            for counter in &wrong {
                say(format_args!(
                    "{} {:?} {:?} {} {}: says {}, there are {}",
                    counter.kind,
                    counter.name,
                    counter.category,
                    counter.span,
                    counter.start,
                    counter.says,
                    counter.actual
                ));
            }
            let lost = upkeep.lost_ties()?;
            if lost > 0 {
                say(format!(
                    "{lost} users and packages are of messages that are not there"
                ));
            }
            if wrong.is_empty() && lost == 0 {
                say("all counters are right");
                return Ok(());
            }
            let more = if wrong.len() == MOST_TOLD as usize {
                " or more"
            } else {
                ""
            };
            Err(Exit::Failed(format!(
                "{}{more} counters and {lost} users and packages are wrong: run `nommer counters rebuild`",
                wrong.len()
            )))
        }
        CountersCommand::Rebuild => {
            let rebuilt = upkeep.rebuild_counters();
            rebuilt.map_err(|error| database::refused(&options, error))?;
            while upkeep.index_counters(Utc::now().naive_utc())? > 0 {}
            say("all counters are made anew");
            Ok(())
        }
    }
}
