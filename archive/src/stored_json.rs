//! JSON text as it is stored.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Text;
use pythonic::json::{overflows, valid_json};
use serde_json::value::{RawValue, to_raw_value};

/// Text that ought to be JSON, as it is stored: rows of foreign writers may hold `NaN` or worse, see
/// [`StoredJson::valid`]. Cheap to clone, and looked through only once.
#[derive(Clone, FromSqlRow)]
pub struct StoredJson(Arc<Content>);

enum Content {
    Json(Box<RawValue>),
    Other(Box<str>),
}

impl StoredJson {
    fn new(text: &str) -> Self {
        Self(Arc::new(match serde_json::from_str::<&RawValue>(text) {
            // Blanks around it would be lost.
            Ok(json) if json.get().len() == text.len() && !overflows(text) => {
                Content::Json(json.to_owned())
            }
            _ => Content::Other(text.into()),
        }))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match self.0.as_ref() {
            Content::Json(json) => json.get(),
            Content::Other(text) => text,
        }
    }

    /// The text as JSON, to be put into other JSON; `None` if it is none, has blanks around it, or
    /// holds a number that is none for readers.
    pub fn json(&self) -> Option<&RawValue> {
        match self.0.as_ref() {
            Content::Json(json) => Some(json),
            Content::Other(_) => None,
        }
    }

    /// The text as JSON, whatever it is: where it is none, what can be saved of it, at worst a string of
    /// all of it.
    pub fn valid(&self) -> Cow<'_, RawValue> {
        match self.json() {
            Some(json) => Cow::Borrowed(json),
            None => Cow::Owned(match valid_json(self) {
                Ok(json) => owned(json.into_owned()),
                Err(_) => owned_text(self),
            }),
        }
    }
}

/// `json` without a second look, or as a text if it is none.
pub(crate) fn owned(json: String) -> Box<RawValue> {
    RawValue::from_string(json.clone()).unwrap_or_else(|_| owned_text(&json))
}

fn owned_text(text: &str) -> Box<RawValue> {
    to_raw_value(text).expect("a string is always JSON")
}

impl Deref for StoredJson {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Default for StoredJson {
    fn default() -> Self {
        Self::new("")
    }
}

impl From<&str> for StoredJson {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for StoredJson {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl PartialEq for StoredJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for StoredJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

impl FromSql<Text, Pg> for StoredJson {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::new(std::str::from_utf8(value.as_bytes())?))
    }
}

#[cfg(test)]
mod tests {
    use pythonic::json::to_text;

    use super::*;

    #[test]
    fn bodies_are_always_valid_json() {
        for (stored, expected) in [
            (r#"{"n": 1e+22}"#, r#"{"n": 1e+22}"#),
            (r#"{"n": NaN, "s": "NaN"}"#, r#"{"n": null, "s": "NaN"}"#),
            (
                r#"{"n": 1e400, "s": "1e400"}"#,
                r#"{"n": null, "s": "1e400"}"#,
            ),
            (r#"{"s": "1e400 is big"}"#, r#"{"s": "1e400 is big"}"#),
            (r#"{"lone": "\ud800"}"#, r#"{"lone": "\ud800"}"#),
            // Earlier versions of nommer stored DEL as it is.
            ("{\"\u{7f}\": \"\u{7f}\"}", r#"{"\u007f": "\u007f"}"#),
            ("é", r#""\u00e9""#),
            ("", r#""""#),
        ] {
            assert_eq!(
                to_text(&StoredJson::from(stored).valid()),
                expected,
                "{stored}"
            );
        }
    }

    #[test]
    fn names_that_look_like_large_numbers_cost_no_second_look() {
        let agent = StoredJson::from(r#"{"user-agent": "GitHub-Hookshot/2e35393"}"#);
        assert!(agent.json().is_some());
        let number = StoredJson::from(r#"{"number": 2e35393}"#);
        assert!(number.json().is_none());
    }
}
