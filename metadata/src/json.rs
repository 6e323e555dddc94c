//! A JSON text as a value of the rule language, read no further than asked.
//!
//! Bodies can be large and rules look at a few of their members, so an object
//! or array is only cut into its members when a rule enters it, and a member
//! is only decoded when a rule takes it. Nesting is passed over without
//! recursion and not entered beyond what any message needs.

use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};

use pythonic::json::scan;

/// Levels of nesting that rules can enter; what is deeper counts as missing.
const DEEPEST: u8 = 20;

/// Bytes of a list, or of an object, that rules go through: some hundred thousand names.
pub(crate) const MOST_BYTES: usize = 4 << 20;

/// The value of a JSON text; undefined where the text is not JSON.
pub(crate) fn value(text: &str) -> Value {
    Body::new(text).value()
}

/// A JSON text that rules look into.
pub(crate) struct Body {
    text: String,
    /// Whether anything was longer than rules go through.
    cut: AtomicBool,
}

impl Body {
    pub fn new(text: &str) -> Arc<Self> {
        let mut own = SPARE.take();
        own.push_str(text);
        Arc::new(Self {
            text: own,
            cut: AtomicBool::new(false),
        })
    }

    /// What it says; undefined where it is not JSON.
    pub fn value(self: &Arc<Self>) -> Value {
        match self.text.len().try_into() {
            Ok(length) => decode(self, 0..length, 0),
            Err(_) => Value::UNDEFINED,
        }
    }

    /// Whether something was too long to go through since this was asked last.
    pub fn was_cut(&self) -> bool {
        self.cut.swap(false, Relaxed)
    }

    /// The places that rules go through, of places that follow one another.
    fn within<'a, T>(&self, all: &'a [T], place: impl Fn(&T) -> &Place) -> &'a [T] {
        let start = all.first().map_or(0, |first| place(first).start as usize);
        let end = |one: &T| place(one).end as usize;
        let fitting = all.partition_point(|one| end(one) - start <= MOST_BYTES);
        if fitting < all.len() {
            self.cut.store(true, Relaxed);
        }
        &all[..fitting]
    }
}

/// Leaves its memory to the next body of this thread.
impl Drop for Body {
    fn drop(&mut self) {
        if self.text.capacity() <= MOST_SPARE {
            let mut text = std::mem::take(&mut self.text);
            text.clear();
            // Where the thread ends, nothing comes after.
            let _ = SPARE.try_with(|spare| spare.set(text));
        }
    }
}

/// Memory that is kept for a body, in bytes.
const MOST_SPARE: usize = 64 << 10;

thread_local! {
    /// The memory of an earlier body, empty: that of most is asked for and given back slowly.
    static SPARE: Cell<String> = const { Cell::new(String::new()) };
}

/// The raw text of one member of a JSON object, the last one of that name.
pub(crate) fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = None;
    scan::object(object, |key, value| {
        let same = if scan::is_plain(key) {
            key[1..key.len() - 1] == *name
        } else {
            string(key).as_deref() == Some(name)
        };
        if same {
            found = Some(value);
        }
    })?;
    found
}

/// What each item of a list holds at a dotted path, where it holds anything.
///
/// A list from a body is not decoded for that, only what is found.
pub(crate) fn pick(list: &Value, path: &str) -> Vec<Value> {
    if let Some(list) = list.downcast_object_ref::<List>() {
        let items = list.within().iter().map(|place| at(&list.text, place));
        let found = items.filter_map(|item| path.split('.').try_fold(item, member));
        return found
            .map(|raw| decode(&list.text, place(&list.text, raw), list.depth))
            .collect();
    }
    let follow = |item: Value| {
        path.split('.')
            .try_fold(item, |value, key| value.get_attr(key).ok())
    };
    let items = list.try_iter().into_iter().flatten();
    items
        .filter_map(follow)
        .filter(|value| !value.is_undefined())
        .collect()
}

/// The items of a list that are no lists or objects themselves.
///
/// Those of a list from a body are not even cut into their members.
pub(crate) fn flat(list: &Value) -> Vec<Value> {
    if let Some(list) = list.downcast_object_ref::<List>() {
        let items = list.within().iter();
        let flat = items.filter(|place| !at(&list.text, place).starts_with(['[', '{']));
        return flat
            .map(|place| decode(&list.text, place.clone(), list.depth))
            .collect();
    }
    let is_list = matches!(list.kind(), ValueKind::Seq | ValueKind::Iterable);
    let items = is_list
        .then(|| list.try_iter().ok())
        .flatten()
        .into_iter()
        .flatten();
    items.collect()
}

/// A part of the text of a body, which is never as long as 4 GB.
type Place = Range<u32>;

fn at<'a>(text: &'a Body, place: &Place) -> &'a str {
    &text.text[place.start as usize..place.end as usize]
}

/// Where a part of a text is in it.
fn place(text: &Body, part: &str) -> Place {
    let start = part.as_ptr() as usize - text.text.as_ptr() as usize;
    start as u32..(start + part.len()) as u32
}

fn decode(text: &Arc<Body>, place_of_value: Place, depth: u8) -> Value {
    let raw = at(text, &place_of_value).trim_ascii();
    let inside = |part: &str| place(text, part);
    match raw.as_bytes().first() {
        Some(b'{' | b'[') if depth == DEEPEST => Value::UNDEFINED,
        Some(b'{') => {
            let members = scan::object(raw, |key, value| Member {
                // A name that is not plain is decoded once and for all.
                decoded: if scan::is_plain(key) {
                    None
                } else {
                    string(key)
                },
                key: inside(&key[1..key.len() - 1]),
                place: inside(value),
                value: OnceLock::new(),
            });
            members.map_or(Value::UNDEFINED, |members| {
                Value::from_object(Map {
                    text: text.clone(),
                    depth: depth + 1,
                    members,
                })
            })
        }
        Some(b'[') => {
            let items = scan::array(raw, inside);
            items.map_or(Value::UNDEFINED, |items| {
                Value::from_object(List {
                    text: text.clone(),
                    depth: depth + 1,
                    items,
                })
            })
        }
        Some(b'"') if scan::is_plain(raw) => Value::from(&raw[1..raw.len() - 1]),
        Some(b'"') => string(raw).map_or(Value::UNDEFINED, |text| Value::from(&*text)),
        _ => serde_json::from_str(raw).unwrap_or(Value::UNDEFINED),
    }
}

fn string(raw: &str) -> Option<Box<str>> {
    pythonic::json::text(raw).map(String::into_boxed_str)
}

struct Map {
    text: Arc<Body>,
    depth: u8,
    members: Vec<Member>,
}

struct Member {
    key: Place,
    decoded: Option<Box<str>>,
    place: Place,
    value: OnceLock<Value>,
}

impl Map {
    fn key<'a>(&'a self, member: &'a Member) -> &'a str {
        member
            .decoded
            .as_deref()
            .unwrap_or_else(|| at(&self.text, &member.key))
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} members", self.members.len())
    }
}

impl Object for Map {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        // Of several members with one name the last counts, as everywhere.
        let member = self
            .members
            .iter()
            .rev()
            .find(|member| self.key(member) == key)?;
        Some(
            member
                .value
                .get_or_init(|| decode(&self.text, member.place.clone(), self.depth))
                .clone(),
        )
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let members = self
            .text
            .within(&self.members, |member| &member.place)
            .iter();
        Enumerator::Values(
            members
                .map(|member| Value::from(self.key(member)))
                .collect(),
        )
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.members.len())
    }

    /// No sentence needs the inside of an object.
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("{…}")
    }
}

struct List {
    text: Arc<Body>,
    depth: u8,
    items: Vec<Place>,
}

impl List {
    /// The items that rules go through.
    fn within(&self) -> &[Place] {
        self.text.within(&self.items, |place| place)
    }
}

impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} items", self.items.len())
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if key.kind() != ValueKind::Number {
            return None;
        }
        let place = self.items.get(key.as_usize()?)?;
        Some(decode(&self.text, place.clone(), self.depth))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.within().len())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.items.len())
    }

    /// Nor what is inside the items of a list.
    fn render(self: &Arc<Self>, f: &mut fmt::Formatter) -> fmt::Result {
        for (index, place) in self.within().iter().enumerate() {
            let separator = if index > 0 { ", " } else { "" };
            match at(&self.text, place).as_bytes().first() {
                Some(b'[' | b'{') => write!(f, "{separator}…")?,
                _ => write!(
                    f,
                    "{separator}{}",
                    decode(&self.text, place.clone(), self.depth)
                )?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, MOST_BYTES, flat, member, value};

    #[test]
    fn finds_members_at_any_depth() {
        let body =
            value(r#" {"a":{"b":[1,"two",null,{"c":"\u00e9\n"}]},"a-\u0062":2.5,"a":{"b":[0]}} "#);
        let first = body.get_attr("a").unwrap().get_attr("b").unwrap();
        assert_eq!(
            first.get_item_by_index(0).unwrap().to_string(),
            "0",
            "the last `a` counts"
        );
        assert_eq!(body.get_attr("a-b").unwrap().to_string(), "2.5");
        assert!(body.get_attr("x").unwrap().is_undefined());
        let list = value(r#"[1,"two",null,{"c":"\u00e9\n"}]"#);
        assert_eq!(list.len(), Some(4));
        let last = list.get_item_by_index(3).unwrap();
        assert_eq!(last.get_attr("c").unwrap().as_str(), Some("é\n"));
        assert!(list.get_item_by_index(2).unwrap().is_none());
        let half = value(r#"{"n\ud800": "us\ud800er"}"#);
        assert_eq!(
            half.get_attr("n\u{fffd}").unwrap().as_str(),
            Some("us\u{fffd}er")
        );
    }

    #[test]
    fn whatever_is_not_json_is_undefined() {
        for text in ["", "\"", "\"¡", "{", "[1,", "\"\\ud80\"", "nul", "{}x"] {
            assert!(value(text).is_undefined(), "{text}");
        }
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(value(&deep).len(), Some(1));
        assert_eq!(value(&deep).to_string(), "…");
    }

    #[test]
    fn lists_are_gone_through_up_to_a_number_of_bytes() {
        let body = Body::new(&format!("[{}1]", "1,".repeat(9_999)));
        let list = body.value();
        assert_eq!(list.try_iter().unwrap().count(), 10_000);
        assert!(!body.was_cut());

        let items = MOST_BYTES / 2;
        let body = Body::new(&format!("[{}1]", "1,".repeat(2 * items)));
        let list = body.value();
        assert_eq!(list.len(), Some(2 * items + 1));
        assert!(!body.was_cut());
        assert_eq!(flat(&list).len(), items);
        assert!(body.was_cut() && !body.was_cut());
        assert_eq!(list.get_item_by_index(2 * items).unwrap().to_string(), "1");
    }

    #[test]
    fn cuts_out_a_member() {
        assert_eq!(
            member(r#"{"msg": {"a" : 1 }, "b":2}"#, "msg"),
            Some(r#"{"a" : 1 }"#)
        );
        assert_eq!(member("[1]", "msg"), None);
    }
}
