//! What the headers of a message say themselves.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// The headers that name what a message concerns, and its schema.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    pub schema: Option<String>,
    /// Whether there is any header that today's publishers set.
    pub of_today: bool,
    pub users: Vec<String>,
    pub packages: Vec<String>,
    pub containers: Vec<String>,
    pub modules: Vec<String>,
    pub flatpaks: Vec<String>,
    pub groups: Vec<String>,
}

impl Headers {
    /// Reads a JSON object; anything else has no headers.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    fn list(&mut self, kind: &str) -> Option<&mut Vec<String>> {
        Some(match kind {
            "user" => &mut self.users,
            "rpm" => &mut self.packages,
            "container" => &mut self.containers,
            "module" => &mut self.modules,
            "flatpak" => &mut self.flatpaks,
            "group" => &mut self.groups,
            _ => return None,
        })
    }

    /// `fedora_messaging_KIND_NAME`; publishers write a missing name as `None`.
    fn note(&mut self, key: &str) {
        let Some(rest) = key.strip_prefix("fedora_messaging_") else {
            return;
        };
        let Some((kind, name)) = rest.split_once('_') else {
            return;
        };
        if name == "None" {
            return;
        }
        if let Some(list) = self.list(kind) {
            list.push(name.to_owned());
        }
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Headers;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
        let mut headers = Headers::default();
        while let Some(BorrowedText(key)) = map.next_key()? {
            headers.of_today |= key == "sent-at" || key.starts_with("fedora_messaging_");
            if key == "fedora_messaging_schema" {
                headers.schema = map
                    .next_value::<serde_json::Value>()?
                    .as_str()
                    .map(Into::into);
            } else {
                map.next_value::<IgnoredAny>()?;
                headers.note(&key);
            }
        }
        Ok(headers)
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn reads_names_by_kind() {
        let headers = Headers::read(
            r#"{"fedora_messaging_schema":"x.v1","fedora_messaging_user_ann_b":true,
                "fedora_messaging_user_None":true,"fedora_messaging_rpm_zsh":true,
                "fedora_messaging_severity":20,"priority":0}"#,
        );
        assert_eq!(headers.schema.as_deref(), Some("x.v1"));
        assert_eq!(headers.users, ["ann_b"]);
        assert_eq!(headers.packages, ["zsh"]);
    }

    #[test]
    fn anything_else_has_no_headers() {
        for text in ["", "null", "[1]", "{", "7"] {
            assert!(Headers::read(text).users.is_empty());
        }
    }
}
