//! `nommer create-db`: `migrate` as the incumbent called it.

use service::{complain, say};

use super::migrate;
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// Makes the tables, or brings those that are there to the schema of this version.
pub fn run(config: &Config) -> Result<(), Exit> {
    let options = database::options(config)?;
    say("Creating Datanommer database and tables");
    // Standard output has what the incumbent said there, and no more.
    migrate::apply(&options, |line| complain(line))?;
    Ok(())
}
