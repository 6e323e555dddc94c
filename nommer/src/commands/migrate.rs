//! `nommer migrate`

use archive::{StoreError, migration};

use super::database_url;
use crate::config::Config;
use crate::database;
use crate::exit::{Exit, chain};

/// Applies what is missing, or takes `rollback` migrations back, and tells which.
pub fn run(config: &Config, rollback: Option<usize>) -> Result<(), Exit> {
    let options = database::options(database_url(config)?);
    let (done, names) = match rollback {
        Some(count) => ("rolled back", migration::revert(&options, count)),
        None => ("applied", migration::apply(&options)),
    };
    let names = names.map_err(|error| match error {
        StoreError::Schema(reason) => Exit::Schema(reason),
        error => Exit::Failed(chain(&error)),
    })?;
    if names.is_empty() {
        println!("nothing to do");
    }
    for name in names {
        println!("{done} {name}");
    }
    Ok(())
}
