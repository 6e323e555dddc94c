//! The settings: the incumbent's own file, a few keys of ours in it, and the environment over both.
//!
//! What is wrong is refused with the key and the reason; what only concerns the Python client is
//! accepted and ignored.

mod amqp_url;
mod arguments;
mod describe;
pub mod environment;
pub mod error;
mod file;
pub mod settings;

use std::path::Path;

use environment::Environment;
use error::ConfigError;
use file::File;
use settings::Config;

/// Where the file is, unless someone says otherwise.
pub const DEFAULT_PATH: &str = "/etc/fedora-messaging/config.toml";

/// Finds and reads the settings. `path` is the file that the command line names, if it does.
pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Config, ConfigError> {
    let (path, required) = match path.or(environment.file.as_deref()) {
        Some(path) => (path, true),
        None => (Path::new(DEFAULT_PATH), false),
    };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => String::new(),
        Err(error) => return Err(ConfigError::Unreadable(path.to_owned(), error)),
    };
    let file =
        File::parse(&text).map_err(|reason| ConfigError::Malformed(path.to_owned(), reason))?;
    file.resolve(environment)
}

#[cfg(test)]
mod tests;
