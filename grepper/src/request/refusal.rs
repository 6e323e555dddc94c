//! What a client is told whose request asks for something that cannot be.

use std::borrow::Cow;

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
    /// Clients know a page with this sentence instead of the JSON body.
    pub(crate) page: Option<String>,
}

impl BadRequest {
    /// Answered as JSON.
    pub fn new(
        parameter: impl Into<Cow<'static, str>>,
        given: &str,
        allowed: impl Into<String>,
    ) -> Self {
        // An echo of a huge value helps nobody.
        Self {
            parameter: parameter.into(),
            given: given.chars().take(200).collect(),
            allowed: allowed.into(),
            page: None,
        }
    }

    /// Answered as the small page with `sentence` that clients have always got for this.
    pub fn page(self, sentence: impl Into<String>) -> Self {
        Self {
            page: Some(sentence.into()),
            ..self
        }
    }
}
