//! Text that must not reach a log.

use std::fmt::{Debug, Display, Formatter, Result};

/// Text that holds a password. However it is printed, it does not show.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the one who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Debug for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("(secret)")
    }
}

impl Display for Secret {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_asks_for_the_text_gets_it() {
        let secret: Secret = serde_json::from_str(r#""hunter2""#).expect("a text");
        assert_eq!(format!("{secret} {secret:?}"), "(secret) (secret)");
        assert_eq!(secret.reveal(), "hunter2");
    }
}
