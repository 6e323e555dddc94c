//! The members of a JSON object, by their names.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::delivery::decode;

/// The members of a JSON object, with the texts of their values. Of equal names the last counts, as for Python.
pub(super) struct Members<'a>(HashMap<String, &'a RawValue>);

impl<'a> Members<'a> {
    pub(super) fn of(json: &'a str) -> Result<Self, String> {
        let members = serde_json::from_str(json).map_err(|_| "it is no JSON object")?;
        Ok(Self(members))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text of a value; empty if there is none.
    pub(super) fn raw(&self, name: &str) -> &'a str {
        self.0.get(name).map_or("", |value| value.get())
    }

    /// A value; `None` if it is absent or null.
    fn value<T: Deserialize<'a>>(&self, name: &str, what: &str) -> Result<Option<T>, String> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        serde_json::from_str(value.get()).map_err(|_| format!("{name} is not {what}"))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, String> {
        self.value(name, "a text")
    }

    pub(super) fn headers(&self) -> Result<Option<Map<String, Value>>, String> {
        self.value("headers", "an object")
    }

    pub(super) fn names(&self, name: &str) -> Result<Option<Vec<String>>, String> {
        let names: Option<Vec<Option<String>>> = self.value(name, "a list of names")?;
        Ok(names.map(|names| decode::names(names.into_iter().flatten().collect())))
    }

    pub(super) fn topic(&self) -> Result<String, String> {
        self.text("topic")?
            .ok_or_else(|| "it has no topic".to_owned())
    }
}
