//! The page of `/find`, where it is not clear where to lead.

use askama::Template;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::pages::belongs::in_words;
use crate::pages::marks::marked;
use crate::pages::render::render;

/// What was looked for, and what it may be. As JSON, the answer to programs.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct FindPage<'a> {
    /// The text that was looked for.
    #[serde(rename = "asked")]
    pub text: &'a str,
    /// What it may be.
    pub meanings: Vec<Meant>,
    /// Names that begin like it, for people where it is nothing.
    #[serde(skip)]
    pub alike: Vec<Meant>,
    /// The road that a package of this name would have, where there is nothing yet, without the root.
    #[serde(skip)]
    pub road: Option<String>,
}

/// Something that a text may mean.
#[derive(Clone, Debug)]
pub struct Meant {
    /// The kind, such as `task` or `user`.
    pub kind: &'static str,
    /// The filter of searches that finds its messages.
    pub filter: &'static str,
    /// The value of that filter: a name, or of subjects kind and name.
    pub value: String,
    /// How many messages are about it.
    pub messages: u64,
    /// Where it is shown, without the root.
    pub path: String,
}

/// The member that says what it is has the name of the filter.
impl Serialize for Meant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry(self.filter, &self.value)?;
        map.serialize_entry("messages", &self.messages)?;
        map.serialize_entry("path", &self.path)?;
        map.end()
    }
}

/// What templates ask it for.
impl Meant {
    pub fn in_words(&self) -> String {
        let name = match self.filter {
            "subject" => self.value.split_once(':').map_or("", |(_, name)| name),
            _ => &self.value,
        };
        let kind = match self.kind {
            "package" if self.filter == "package" => "Package",
            "user" => "User",
            "topic" => "Topic",
            "category" => "Category",
            kind => in_words(kind),
        };
        format!("{kind} {}", marked(name))
    }
}

impl FindPage<'_> {
    pub fn is_known(&self) -> bool {
        self.meanings.iter().any(|meant| meant.messages > 0)
    }

    /// Whether it looks like the first digits of a commit, or of a message's id.
    pub fn is_part(&self) -> bool {
        let mut bytes = self.text.bytes();
        self.text.len() >= 7 && bytes.all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
    }
}

/// The page.
pub fn find_page(root: &str, page: &FindPage) -> String {
    render(&WholeFind { root, page })
}

#[derive(Template)]
#[template(path = "find.html")]
struct WholeFind<'a> {
    root: &'a str,
    page: &'a FindPage<'a>,
}
