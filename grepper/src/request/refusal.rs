//! Why a request cannot be answered as it is.

use std::borrow::Cow;

/// The length in characters to which a value is echoed: a huge one helps nobody.
const LONGEST_ECHO: usize = 200;

/// A request that cannot be answered because of what it asks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{parameter} must be {allowed}")]
pub struct BadRequest {
    /// The parameter at fault.
    pub parameter: Cow<'static, str>,
    /// Its value.
    pub given: String,
    /// What it may be.
    pub allowed: String,
    /// The sentence that clients of the incumbent's endpoints know instead of all this.
    pub known_sentence: Option<String>,
}

impl BadRequest {
    /// Names the parameter, its value and what it may be.
    pub fn new(
        parameter: impl Into<Cow<'static, str>>,
        given: &str,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            parameter: parameter.into(),
            given: given.chars().take(LONGEST_ECHO).collect(),
            allowed: allowed.into(),
            known_sentence: None,
        }
    }

    /// Adds the sentence that clients of the incumbent's endpoints have always got for this.
    pub fn known_as(self, sentence: impl Into<String>) -> Self {
        Self {
            known_sentence: Some(sentence.into()),
            ..self
        }
    }
}
