//! `nommer counters`

use archive::Writer;
use chrono::Utc;

use super::database_url;
use crate::cli::CountersCommand;
use crate::config::Config;
use crate::database;
use crate::exit::{Exit, chain};

/// So many wrong counters are told.
const MOST_TOLD: u32 = 100;

/// Proves or mends.
pub fn run(config: &Config, command: CountersCommand) -> Result<(), Exit> {
    let writer = Writer::new(&database::options(database_url(config)?));
    let failed = |error| Exit::Failed(chain(&error));
    match command {
        CountersCommand::Verify => {
            let wrong = writer.verify_counters(MOST_TOLD).map_err(failed)?;
            for counter in &wrong {
                println!(
                    "{} {:?} {:?} {} {}: says {}, there are {}",
                    counter.kind,
                    counter.name,
                    counter.category,
                    counter.span,
                    counter.start,
                    counter.says,
                    counter.actual
                );
            }
            if wrong.is_empty() {
                println!("all counters are right");
                return Ok(());
            }
            let more = if wrong.len() == MOST_TOLD as usize {
                " or more"
            } else {
                ""
            };
            Err(Exit::Failed(format!(
                "{}{more} counters are wrong: run `nommer counters rebuild`",
                wrong.len()
            )))
        }
        CountersCommand::Rebuild => {
            writer.rebuild_counters().map_err(failed)?;
            while writer
                .index_counters(Utc::now().naive_utc())
                .map_err(failed)?
                > 0
            {}
            println!("all counters are made anew");
            Ok(())
        }
    }
}
