//! The page of `/find`, where it is not clear where to lead.

use askama::Template;
use serde::Serialize;

use crate::pages::belongs::in_words;
use crate::pages::render::render;

/// What was looked for, and what it may be. As JSON, the answer to programs.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FindPage<'a> {
    /// The text that was looked for.
    #[serde(rename = "asked")]
    pub text: &'a str,
    /// What it may be.
    pub meanings: Vec<Meant>,
}

/// Something that a text may mean.
#[derive(Clone, Debug, Serialize)]
pub struct Meant {
    /// The kind, such as `task`.
    #[serde(skip)]
    pub kind: &'static str,
    /// Kind and name, as the filter of searches has it.
    pub subject: String,
    /// How many messages are about it.
    pub messages: u64,
    /// Where it is shown, without the root.
    pub path: String,
}

/// What templates ask it for.
impl Meant {
    pub fn in_words(&self) -> String {
        let name = self.subject.split_once(':').map_or("", |(_, name)| name);
        format!("{} {name}", in_words(self.kind))
    }
}

impl FindPage<'_> {
    pub fn is_known(&self) -> bool {
        self.meanings.iter().any(|meant| meant.messages > 0)
    }

    /// Whether it looks like the first digits of a commit.
    pub fn is_short_commit(&self) -> bool {
        self.text.len() >= 7 && self.text.bytes().all(|byte| byte.is_ascii_hexdigit())
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
