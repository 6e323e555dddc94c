//! What the operator expects of categories and topics: how old the latest message of one may be, by name.

pub mod age;
pub mod backup;

use std::collections::BTreeMap;
use std::path::Path;

use archive::{Dimension, Filters, Match, Reader, Search, Span, StoreError};
use chrono::NaiveDateTime;
use serde::Deserialize;

use crate::expected::age::Age;

/// How old the latest message may be, by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    #[serde(default)]
    categories: BTreeMap<String, Age>,
    #[serde(default)]
    topics: BTreeMap<String, Age>,
}

impl Expected {
    /// Reads a file. An error says what is wrong with it.
    pub fn read(file: &Path) -> Result<Self, String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
        let text = service::text_of(file).map_err(|error| told(&error))?;
        toml::from_str(&text).map_err(|error| told(&error))
    }

    /// What is expected of topics, or of categories.
    pub fn of(&self, dimension: Dimension) -> &BTreeMap<String, Age> {
        match dimension {
            Dimension::Topics => &self.topics,
            _ => &self.categories,
        }
    }

    /// Of how many categories and topics something is expected.
    pub fn count(&self) -> usize {
        self.categories.len() + self.topics.len()
    }
}

/// When the latest message of a topic or a category before `now` was sent; `None` if there never was one.
pub fn latest(
    reader: &Reader,
    dimension: Dimension,
    name: &str,
    now: NaiveDateTime,
) -> Result<Option<NaiveDateTime>, StoreError> {
    let (any, none) = (vec![name.to_owned()], Vec::new());
    let search = Search {
        time: Span::before(now),
        filters: Filters::from([(dimension, Match { any, none })]),
        ..Search::default()
    };
    let latest = reader.walk(&search, None).leaving_out().step(1)?;
    Ok(latest.first().map(|message| message.timestamp))
}

#[cfg(test)]
mod tests;
