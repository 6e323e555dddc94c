//! What the environment says about the settings.

use std::path::PathBuf;

use service::Secret;

/// Variables of the environment that go over keys of the file, or name the file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `FEDORA_MESSAGING_CONF`: where the file is.
    pub file: Option<PathBuf>,
    /// `DATABASE_URL`, over `datanommer_sqlalchemy_url`.
    pub database_url: Option<Secret>,
    /// `AMQP_URL`, over `amqp_url`.
    pub amqp_url: Option<Secret>,
    /// `NOMMER_RULES`, over `rules_directory`.
    pub rules_directory: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables of this process. An empty one counts as absent.
    pub fn read() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let secret =
            |name| variable(name).map(|value| Secret::from(value.to_string_lossy().into_owned()));
        Self {
            file: variable("FEDORA_MESSAGING_CONF").map(PathBuf::from),
            database_url: secret("DATABASE_URL"),
            amqp_url: secret("AMQP_URL"),
            rules_directory: variable("NOMMER_RULES").map(PathBuf::from),
        }
    }
}
