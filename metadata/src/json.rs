//! A JSON text as a value of the rule language, read no further than asked.
//!
//! Bodies can be large and rules look at a few of their members, so an object
//! or array is only cut into its members when a rule enters it, and a member
//! is only decoded when a rule takes it. Nesting is never followed by
//! recursion, so that no depth of it is too much.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::headers::Text;

/// The value of a JSON text; undefined where the text is not JSON.
pub(crate) fn value(text: &str) -> Value {
    let text: Arc<str> = text.into();
    let whole = 0..text.len();
    decode(&text, whole)
}

/// The raw text of one member of a JSON object, the last one of that name.
pub(crate) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let members: Members = serde_json::from_str(object).ok()?;
    let found = members.0.iter().rev().find(|(key, _)| key.as_ref().is_some_and(|k| k == name));
    found.map(|(_, raw)| raw.get())
}

fn decode(text: &Arc<str>, range: Range<usize>) -> Value {
    let raw = text[range.clone()].trim_ascii();
    match raw.as_bytes().first() {
        Some(b'{' | b'[') => match Node::read(text, raw) {
            Some(node) => Value::from_object(node),
            None => Value::UNDEFINED,
        },
        Some(b'"') => match serde_json::from_str::<Text>(raw) {
            Ok(Text(string)) => Value::from(&*string),
            Err(_) => Value::UNDEFINED,
        },
        _ => serde_json::from_str(raw).unwrap_or(Value::UNDEFINED),
    }
}

/// An object or array, cut into the texts of its members.
struct Node {
    text: Arc<str>,
    is_map: bool,
    members: Vec<Member>,
}

struct Member {
    /// Empty in arrays.
    key: Box<str>,
    range: Range<u32>,
    value: OnceLock<Value>,
}

impl Node {
    fn read(text: &Arc<str>, raw: &str) -> Option<Self> {
        let base = text.as_ptr() as usize;
        let place = |part: &str| -> Option<Range<u32>> {
            let start = part.as_ptr() as usize - base;
            Some(start.try_into().ok()?..(start + part.len()).try_into().ok()?)
        };
        let Members(found) = serde_json::from_str(raw).ok()?;
        let members = found.into_iter().map(|(key, raw)| {
            let range = place(raw.get())?;
            let key = key.unwrap_or_default().into();
            Some(Member { key, range, value: OnceLock::new() })
        });
        Some(Self { text: text.clone(), is_map: raw.starts_with('{'), members: members.collect::<Option<_>>()? })
    }

    fn decoded(&self, member: &Member) -> Value {
        let range = member.range.start as usize..member.range.end as usize;
        member.value.get_or_init(|| decode(&self.text, range)).clone()
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} members", self.members.len())
    }
}

impl Object for Node {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.is_map { ObjectRepr::Map } else { ObjectRepr::Seq }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.kind() {
            ValueKind::String => self.get_value_by_str(key.as_str()?),
            _ if self.is_map => None,
            _ => self.members.get(key.as_usize()?).map(|member| self.decoded(member)),
        }
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        // Of several members with one name the last counts, as everywhere.
        let mut members = self.members.iter().rev().filter(|_| self.is_map);
        members.find(|member| &*member.key == key).map(|member| self.decoded(member))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        if self.is_map {
            Enumerator::Values(self.members.iter().map(|m| Value::from(&*m.key)).collect())
        } else {
            Enumerator::Seq(self.members.len())
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.members.len())
    }
}

/// The members of an object, or those of an array without names.
struct Members<'a>(Vec<(Option<std::borrow::Cow<'a, str>>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object or array")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::with_capacity(16);
        while let Some(Text(key)) = map.next_key()? {
            members.push((Some(key), map.next_value()?));
        }
        Ok(Members(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Members<'de>, A::Error> {
        let mut members = Vec::new();
        while let Some(raw) = seq.next_element()? {
            members.push((None, raw));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::{member, value};

    #[test]
    fn finds_members_at_any_depth() {
        let body = value(r#" {"a":{"b":[1,"two",null,{"c":"\u00e9\n"}]},"a-b":2.5,"a":{"b":[0]}} "#);
        let first = body.get_attr("a").unwrap().get_attr("b").unwrap();
        assert_eq!(first.get_item_by_index(0).unwrap().to_string(), "0", "the last `a` counts");
        assert_eq!(body.get_attr("a-b").unwrap().to_string(), "2.5");
        assert!(body.get_attr("x").unwrap().is_undefined());
        let list = value(r#"[1,"two",null,{"c":"\u00e9\n"}]"#);
        assert_eq!(list.len(), Some(4));
        let last = list.get_item_by_index(3).unwrap();
        assert_eq!(last.get_attr("c").unwrap().as_str(), Some("é\n"));
        assert!(list.get_item_by_index(2).unwrap().is_none());
    }

    #[test]
    fn whatever_is_not_json_is_undefined() {
        for text in ["", "{", "[1,", "\"\\ud800\"", "nul", "{}x"] {
            assert!(value(text).is_undefined(), "{text}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(value(&deep).len(), Some(1));
    }

    #[test]
    fn cuts_out_a_member() {
        assert_eq!(member(r#"{"msg": {"a" : 1 }, "b":2}"#, "msg"), Some(r#"{"a" : 1 }"#));
        assert_eq!(member("[1]", "msg"), None);
    }
}
