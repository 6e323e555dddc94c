//! JSON as a tree whose numbers are texts.
//!
//! `1`, `1.0` and `1e0` are three things for clients that keep what they read, and integers may be of any size. Python also
//! writes `NaN` and `Infinity`, which no strict reader takes.

use std::collections::BTreeMap;

use pythonic::json::{scan, text};

/// Deeper than any answer: bodies have 900 levels at most.
const DEEPEST: usize = 1000;

/// A value of JSON as it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Json {
    Null,
    Boolean(bool),
    /// The digits as they came.
    Number(String),
    /// `NaN`, `Infinity` or `-Infinity`.
    NotFinite(String),
    Text(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    /// Reads a whole text; `None` if it is none of JSON.
    pub fn parse(text: &str) -> Option<Self> {
        parse(text.trim_matches([' ', '\n', '\r', '\t']), DEEPEST)
    }

    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(name),
            _ => None,
        }
    }

    /// The items of an array; none of anything else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// What a string says.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number that fits a float.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    /// Whether a client finds nothing here: null, and texts and lists without anything in them.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Array(items) => items.is_empty(),
            Self::Object(members) => members.is_empty(),
            _ => false,
        }
    }
}

fn parse(json: &str, levels: usize) -> Option<Json> {
    let inner = levels.checked_sub(1)?;
    Some(match json {
        "null" => Json::Null,
        "true" => Json::Boolean(true),
        "false" => Json::Boolean(false),
        "NaN" | "Infinity" | "-Infinity" => Json::NotFinite(json.to_owned()),
        _ => match json.as_bytes().first()? {
            b'"' => Json::Text(text(json)?),
            b'[' => {
                let items = scan::array(json, |item| parse(item, inner))?;
                Json::Array(items.into_iter().collect::<Option<_>>()?)
            }
            b'{' => {
                let member = |name, value| Some((text(name)?, parse(value, inner)?));
                let members = scan::object(json, member)?;
                Json::Object(members.into_iter().collect::<Option<_>>()?)
            }
            _ if serde_json::from_str::<serde_json::Number>(json).is_ok() => {
                Json::Number(json.to_owned())
            }
            // Too big for a float, and a number all the same.
            b'0'..=b'9' | b'-' if json.parse::<f64>().is_ok_and(f64::is_infinite) => {
                Json::Number(json.to_owned())
            }
            _ => return None,
        },
    })
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(boolean) => write!(f, "{boolean}"),
            Self::Number(text) | Self::NotFinite(text) => f.write_str(text),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Array(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (at, (name, value)) in members.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(f, "{comma}{}: {value}", quoted(name))?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_were_written() {
        for text in [
            r#"{"a": [1, 1.0, 1e0, -0.0, 123456789012345678901234567890, 1e400], "b": null, "c": {}}"#,
            r#"{"a": [NaN, Infinity, -Infinity], "b": "é\"", "c": [true, false, []]}"#,
        ] {
            assert_eq!(Json::parse(text).expect("JSON").to_string(), text);
        }
        assert_ne!(Json::parse("1"), Json::parse("1.0"));
        assert_eq!(
            Json::parse(r#"{"a":1,"b":2}"#),
            Json::parse("{\"b\": 2, \"a\": 1}\n")
        );
        assert_eq!(Json::parse(r#""\ud83d\ude00""#), Json::parse("\"😀\""));
    }

    #[test]
    fn what_is_no_json_is_none() {
        let deep = "[".repeat(2000) + &"]".repeat(2000);
        for text in [
            "", "{", "nan", "{a: 1}", "[1,]", "+1", "01", "<html>", "1 2", &deep,
        ] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
    }
}
