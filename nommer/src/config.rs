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
pub mod keys;
pub mod management;
pub mod settings;
pub mod short;

use std::io::ErrorKind;
use std::path::Path;

use environment::{DEFAULT_PATH, Environment};
use error::ConfigError;
use file::File;
use settings::Config;

/// Finds and reads the settings. `path` is the file that the command line names, if it does.
pub fn load(path: Option<&Path>, environment: &Environment) -> Result<Config, ConfigError> {
    let named = path.or(environment.file.as_deref());
    let config = read(named)?.resolve(environment)?;
    Ok(Config {
        file: named.map(Path::to_owned),
        ..config
    })
}

/// The levels of the log that a file has now, if it has any; `named` is the file, unless it is the usual one.
pub fn log_levels(named: Option<&Path>) -> Result<Option<String>, ConfigError> {
    read(named)?.log_levels()
}

/// The file that is named, which must be there, or the usual one.
fn read(named: Option<&Path>) -> Result<File, ConfigError> {
    let path = named.unwrap_or(Path::new(DEFAULT_PATH));
    let text = match service::text_of(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => String::new(),
        Err(error) => return Err(ConfigError::Unreadable(path.to_owned(), error)),
    };
    File::parse(&text).map_err(|reason| ConfigError::Malformed(path.to_owned(), reason))
}

#[cfg(test)]
mod tests;
