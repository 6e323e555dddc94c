//! Why there are no settings.

use std::path::PathBuf;

use service::SecretFault;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was asked for is not there, or cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// The file is not TOML, or a value has the wrong type.
    #[error("{file}: {reason}", file = .0.display(), reason = .1)]
    Malformed(PathBuf, String),
    /// The environment has a secret that cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretFault),
    /// A value is not possible.
    #[error("{key}: {reason}")]
    Value {
        /// The key, with those of the tables it is in.
        key: String,
        /// Why not.
        reason: String,
    },
}

impl ConfigError {
    /// A value that is not possible.
    pub fn value(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Value {
            key: key.into(),
            reason: reason.into(),
        }
    }
}
