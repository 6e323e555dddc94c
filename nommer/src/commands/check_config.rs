//! `nommer check-config`

use service::say;

use crate::bus::tls;
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// Shows the settings, reads the files for TLS, and looks at the database's URL.
pub fn run(config: &Config) -> Result<(), Exit> {
    say(config.to_string().trim_end());
    config
        .database_url
        .as_ref()
        .map_or(Ok(()), database::check)?;
    tls::check(&config.broker).map_err(Exit::Config)
}
