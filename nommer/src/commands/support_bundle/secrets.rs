//! What must not be in a bundle, whatever wrote it down.

use archive::Address;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::config::settings::Config;

/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";

/// The passwords of the configuration, as they are and as URLs have them.
pub struct Secrets(Vec<String>);

impl Secrets {
    pub fn of(config: &Config) -> Self {
        let broker = &config.broker.uri.authority.userinfo.password;
        let database = config.database_url.as_ref();
        let database = database.and_then(|url| Address::parse(url.reveal()).ok());
        let mut secrets = vec![broker.clone()];
        if let Some(database) = &database {
            secrets.extend(database.secrets().map(str::to_owned));
        }
        if let Some(management) = &config.management {
            secrets.push(management.password.reveal().to_owned());
        }
        secrets.retain(|secret| !secret.is_empty());
        // Longer ones first, as one may be a part of another.
        let encoded: Vec<String> = secrets
            .iter()
            .map(|secret| utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string())
            .collect();
        secrets.extend(encoded);
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self(secrets)
    }

    /// A text without them.
    pub fn hidden(&self, text: &str) -> String {
        let hide = |text: String, secret: &String| text.replace(secret, HIDDEN);
        self.0.iter().fold(text.to_owned(), hide)
    }
}
