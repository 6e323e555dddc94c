//! Tokens that admit whoever shows one, and where they are.

use std::fmt::{self, Debug, Formatter};
use std::path::PathBuf;

use service::Secret;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::config::fault::{ConfigError, fault};

/// The variable, with `_FILE` behind its name that of a file, and in small letters the credential.
const VARIABLE: &str = "GREPPER_TOKENS";
/// What is shorter is guessed.
const SHORTEST: usize = 16;
/// What is longer is something else, and longer than headers are.
const LONGEST: usize = 1024;

/// Tokens, of which any admits.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct Tokens(Vec<[u8; 32]>);

/// How many there are, and nothing of them.
impl Debug for Tokens {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "({} tokens)", self.count())
    }
}

impl Tokens {
    /// Tokens with white space between, and lines that begin with `#` for people.
    fn parse(text: &str) -> Result<Self, String> {
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'));
        let tokens = lines.flat_map(str::split_whitespace);
        let mut digests = Vec::new();
        for (number, token) in (1..).zip(tokens) {
            if !is_token(token) {
                return Err(format!(
                    "token {number} must have {SHORTEST} to {LONGEST} letters, digits and - . _ ~ + / ="
                ));
            }
            digests.push(digest(token));
        }
        if digests.is_empty() {
            return Err("there is no token".to_owned());
        }
        Ok(Self(digests))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether the token is one of them. How long that takes tells nothing of any: digests are compared, and all of
    /// each of them.
    pub fn have(&self, token: &str) -> bool {
        let asked = digest(token);
        let found = self
            .0
            .iter()
            .fold(Choice::from(0), |found, known| found | known.ct_eq(&asked));
        found.into()
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Whether a header can carry it as the token of a bearer.
fn is_token(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    (SHORTEST..=LONGEST).contains(&text.len()) && text.chars().all(plain)
}

/// Where tokens are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TokensFrom {
    /// In the environment, or where it says.
    Environment,
    /// In this file.
    File(PathBuf),
}

impl TokensFrom {
    /// Whether there are any.
    pub(super) fn has_some(&self) -> Result<bool, ConfigError> {
        Ok(self.text()?.is_some())
    }

    /// The tokens as they are now.
    pub fn read(&self) -> Result<Tokens, ConfigError> {
        let text = self.text()?;
        let text = text.as_ref().map(Secret::reveal).unwrap_or_default();
        Tokens::parse(text).map_err(|why| fault(format!("{}: {why}", self.name())))
    }

    fn text(&self) -> Result<Option<Secret>, ConfigError> {
        Ok(match self {
            Self::Environment => Secret::from_environment(VARIABLE)?,
            Self::File(path) => Some(Secret::from_file(self.name(), path)?),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Environment => VARIABLE,
            Self::File(_) => "tokens_file",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "8u1Yq0bWbYt2m9Zk";
    const OTHER: &str = "a.b-c_d~e+f/g=hi";

    #[test]
    fn any_token_admits_and_nothing_else() {
        let text = format!("# of the auditors\n{ONE}\n\n  # old\n {OTHER} \r\n");
        let tokens = Tokens::parse(&text).expect("tokens");
        assert_eq!(tokens.count(), 2);
        for (token, expected) in [
            (ONE, true),
            (OTHER, true),
            (&ONE[1..], false),
            (&ONE.to_lowercase(), false),
            ("# of the auditors", false),
            ("", false),
        ] {
            assert_eq!(tokens.have(token), expected, "{token}");
        }
        assert!(!Tokens::default().have(""));
        let both = Tokens::parse(&format!("{ONE} {OTHER}")).expect("tokens");
        assert_eq!(both, tokens);
    }

    #[test]
    fn what_is_no_token_is_told_by_its_number_alone() {
        for (text, expected) in [
            ("", "there is no token"),
            ("# nothing\n", "there is no token"),
            ("hunter2", "token 1 must have 16 to 1024 letters"),
            (&format!("{ONE}\nhunter2 hunter2"), "token 2 must"),
            (&ONE[1..], "token 1 must"),
            (&"x".repeat(LONGEST + 1), "token 1 must"),
            (&"hunter2,".repeat(3), "token 1 must"),
            (&"hunter2é".repeat(3), "token 1 must"),
            (&"hunter2".repeat(200), "token 1 must"),
        ] {
            let why = Tokens::parse(text).expect_err(text);
            assert!(why.starts_with(expected), "{text}: {why}");
            assert!(!why.contains("hunter2"), "{why}");
        }
    }

    #[test]
    fn tokens_are_not_printed() {
        let tokens = Tokens::parse(ONE).expect("tokens");
        assert_eq!(format!("{tokens:?}"), "(1 tokens)");
    }
}
