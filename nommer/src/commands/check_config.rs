//! `nommer check-config`

use crate::bus::connection::check_tls;
use crate::config::settings::Config;
use crate::exit::Exit;

/// Shows the settings, and reads the files for TLS.
pub fn run(config: &Config) -> Result<(), Exit> {
    print!("{config}");
    check_tls(&config.broker).map_err(Exit::Config)
}
