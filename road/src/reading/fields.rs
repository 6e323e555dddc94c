//! Fields of bodies, which are empty where they are missing or of another type.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

/// Declares a body, or a part of one: a struct whose fields cannot fail to be read.
macro_rules! body {
    ($(#[$about:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$about])*
        #[derive(Debug, Default, serde::Deserialize)]
        #[serde(default)]
        struct $name {
            $(
                $(#[$of])*
                #[serde(deserialize_with = "crate::reading::fields::or_empty")]
                $field: $kind,
            )*
        }
    };
}
pub(crate) use body;

/// The body as a struct; empty if it is no object.
pub(crate) fn of<T: DeserializeOwned + Default>(body: &Value) -> T {
    if !body.is_object() {
        return T::default();
    }
    T::deserialize(body).unwrap_or_default()
}

/// Reads a field, and takes one of another type for one that is missing.
pub(crate) fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).unwrap_or_default())
}

/// A text, or a number as a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(String);

impl Text {
    /// The text as it came; empty if there is none.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, if it is not empty.
    pub(crate) fn some(self) -> Option<String> {
        (!self.0.is_empty()).then_some(self.0)
    }

    /// The text, if it is what `check` looks for.
    pub(crate) fn if_it(self, check: fn(&str) -> bool) -> Option<String> {
        check(&self.0).then_some(self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        }))
    }
}

/// The members of a list that can be read; what is no list is one of a single member.
#[derive(Clone, Debug)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone + Default> List<T> {
    /// The first member; an empty one if there is none.
    pub(crate) fn first(&self) -> T {
        self.0.first().cloned().unwrap_or_default()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = match Value::deserialize(deserializer)? {
            Value::Array(members) => members,
            Value::Null => Vec::new(),
            single => vec![single],
        };
        let read = |member: Value| T::deserialize(member).ok();
        Ok(Self(members.into_iter().filter_map(read).collect()))
    }
}
