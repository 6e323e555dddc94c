//! `nommer refresh-view`

use std::time::Duration;

use archive::{Upkeep, migration};
use service::say;

use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// How long to let another program refresh before it is asked again whether it has.
const PAUSE: Duration = Duration::from_millis(200);

/// Brings the view of recent topics up to what is there now: what another program has begun to
/// refresh may not have it.
pub fn run(config: &Config) -> Result<(), Exit> {
    let options = database::options(config)?;
    migration::check(&options)?;
    let upkeep = Upkeep::new(&options);
    while !upkeep
        .refresh_recent_topics()
        .map_err(|error| database::refused(&options, error))?
    {
        std::thread::sleep(PAUSE);
    }
    say("Recent topics materialized view refreshed successfully");
    Ok(())
}
