//! Members with equal names, of which Python reads the last.

use indexmap::IndexMap;
use serde_json::value::RawValue;

use super::escapes::push_string;

/// The names, with their quotes, of the members of all objects that are open.
#[derive(Default)]
pub(super) struct Names<'a> {
    names: Vec<&'a str>,
    /// Where those of each open object and array begin; arrays have none.
    starts: Vec<usize>,
    may_repeat: bool,
}

impl<'a> Names<'a> {
    /// How many objects and arrays are open.
    pub(super) fn levels(&self) -> usize {
        self.starts.len()
    }

    /// Takes note of the beginning of an object or array.
    pub(super) fn open(&mut self) {
        self.starts.push(self.names.len());
    }

    /// Takes note of a name in the innermost object; `is_plain` tells that it has no escapes.
    pub(super) fn push(&mut self, name: &'a str, is_plain: bool) {
        // With an escape it may be another spelling of another name.
        self.may_repeat |= !is_plain && name.contains('\\');
        self.names.push(name);
    }

    /// Takes note of the end of an object or array.
    pub(super) fn close(&mut self) {
        let first = self.starts.pop().unwrap_or_default();
        self.may_repeat |= has_repeats(&mut self.names[first..]);
        self.names.truncate(first);
    }

    /// Whether an object had equal names, or perhaps had.
    pub(super) fn may_repeat(&self) -> bool {
        self.may_repeat
    }
}

fn has_repeats(names: &mut [&str]) -> bool {
    // By length first: that tells most of them apart.
    names.sort_unstable_by(|a, b| (a.len(), *a).cmp(&(b.len(), *b)));
    names.windows(2).any(|pair| pair[0] == pair[1])
}

/// The text with the last of equally named members only, at the place of the first, as Python reads
/// it. The text is in Python's form otherwise.
pub(super) fn without_repeats(json: &str) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    if json.starts_with('{')
        && let Ok(members) = serde_json::from_str::<IndexMap<String, &RawValue>>(json)
    {
        let member = |(name, value): (&String, &&RawValue)| {
            let mut text = String::new();
            push_string(
                &mut text,
                &serde_json::Value::from(name.as_str()).to_string(),
            );
            text + ": " + &without_repeats(value.get())
        };
        return format!("{{{}}}", joined(members.iter().map(member).collect()));
    }
    if json.starts_with('[')
        && let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json)
    {
        return format!(
            "[{}]",
            joined(
                items
                    .iter()
                    .map(|item| without_repeats(item.get()))
                    .collect()
            )
        );
    }
    json.to_owned()
}
