//! What the environment says about the settings.

use std::path::PathBuf;

use service::{Secret, SecretFault};

/// Variables of the environment that go over keys of the file, or name the file.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `FEDORA_MESSAGING_CONF`: where the file is.
    pub file: Option<PathBuf>,
    /// `DATABASE_URL`, over `datanommer_sqlalchemy_url`.
    pub database_url: Option<Secret>,
    /// `AMQP_URL`, over `amqp_url`.
    pub amqp_url: Option<Secret>,
    /// `AMQP_MANAGEMENT_URL`, over `management_url`.
    pub management_url: Option<Secret>,
    /// `NOMMER_RULES`, over `rules_directory`.
    pub rules_directory: Option<PathBuf>,
}

impl Environment {
    /// Reads the variables of this process, of which an empty one counts as absent, and the files of secrets that
    /// they name.
    pub fn read() -> Result<Self, SecretFault> {
        Ok(Self {
            file: path("FEDORA_MESSAGING_CONF"),
            database_url: Secret::from_environment("DATABASE_URL")?,
            amqp_url: Secret::from_environment("AMQP_URL")?,
            management_url: Secret::from_environment("AMQP_MANAGEMENT_URL")?,
            rules_directory: rules_directory(),
        })
    }
}

/// What `NOMMER_RULES` says, which needs no secret.
pub fn rules_directory() -> Option<PathBuf> {
    path("NOMMER_RULES")
}

fn path(name: &str) -> Option<PathBuf> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty());
    value.map(PathBuf::from)
}
