//! Why settings cannot be used.

use std::path::PathBuf;

use service::SecretFault;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {0}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file is no TOML, or has an unknown key or a value of the wrong type.
    #[error("{0}: {1}")]
    Invalid(PathBuf, String),
    /// The environment has a secret that cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretFault),
    /// A setting is missing or has a value that cannot be.
    #[error("{0}")]
    Setting(String),
}

/// A setting that is missing or has a value that cannot be.
pub(crate) fn fault(text: impl Into<String>) -> ConfigError {
    ConfigError::Setting(text.into())
}
