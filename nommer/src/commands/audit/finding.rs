//! What an audit finds, as it is told.

use serde::Serialize;

use crate::commands::text::harmless;

/// Something that is wrong.
#[derive(Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// What was looked at, in a word.
    pub check: &'static str,
    /// What of it.
    pub name: String,
    /// What is wrong with it.
    pub says: String,
}

impl Finding {
    /// A line for a person or, as JSON, for a program.
    pub fn line(&self, as_json: bool) -> String {
        match as_json {
            true => serde_json::json!(self).to_string(),
            false => {
                let line = format!("{}: {} {}", self.check, harmless(&self.name), self.says);
                line.trim_end().to_owned()
            }
        }
    }
}
