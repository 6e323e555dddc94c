//! The form of a page that makes embed code, filled in as it was asked.

use askama::Template;

use crate::escape::escape_into;
use crate::filters::{Filter, in_form};
use crate::pages::marks::is_marked;
use crate::pages::render::render;
use crate::request::builder::value;
use crate::request::refusal::BadRequest;

/// The form.
#[derive(Template)]
#[template(path = "builder_form.html")]
pub struct BuilderForm<'a> {
    /// Where pages lie.
    pub root: &'a str,
    /// Where it is sent.
    pub path: &'a str,
    /// What it is, for those who do not see it.
    pub label: &'a str,
    /// Kinds to choose from, each with a picture, and the one that is chosen.
    pub kinds: Vec<&'static str>,
    /// The kind that is chosen.
    pub kind: &'a str,
    /// What else can be chosen.
    pub groups: Vec<Controls<'a>>,
    /// What was wrong.
    pub wrong: Option<&'a BadRequest>,
}

impl BuilderForm<'_> {
    /// As HTML.
    pub fn html(&self) -> String {
        render(self)
    }

    /// The words of a kind.
    fn words(&self, kind: &str) -> String {
        ["stacked", "horizontal", "vertical"]
            .iter()
            .fold(kind.to_owned(), |words, part| {
                words.replace(part, &format!("{part} "))
            })
    }

    fn is_kind(&self, word: &str) -> bool {
        word == self.kind
    }

    fn is_wrong(&self, name: &str) -> bool {
        self.wrong.is_some_and(|bad| place(&bad.parameter) == name)
    }

    /// Whether something in a folded group was asked for.
    fn is_open(&self, group: &Controls) -> bool {
        let mut controls = group.controls.iter();
        controls.any(|control| control.is_set || self.is_wrong(control.name))
    }
}

/// Controls that belong together.
pub struct Controls<'a> {
    /// What they are about.
    pub legend: &'static str,
    /// Whether they are seldom needed.
    pub is_folded: bool,
    /// Each of them.
    pub controls: Vec<Control<'a>>,
}

/// A control.
pub struct Control<'a> {
    /// The parameter.
    pub name: &'static str,
    /// What it is called.
    pub label: &'a str,
    /// What can be done with it.
    pub kind: ControlKind<'a>,
    /// Whether it was asked for.
    pub is_set: bool,
}

/// What can be done with a control.
pub enum ControlKind<'a> {
    /// Texts are written, one or, with a blank field more, several.
    Texts {
        /// What was written.
        values: Vec<&'a str>,
        /// Whether there may be several.
        is_several: bool,
        /// An example.
        hint: &'a str,
        /// Of which kind names can be completed; of none where it is empty.
        names: &'static str,
    },
    /// One of some words is chosen.
    Choice(Vec<(String, String, bool)>),
    /// It is ticked, and then has this value.
    Tick(&'static str),
}

/// A text, or several.
pub fn texts<'a>(
    pairs: &'a [(String, String)],
    name: &'static str,
    label: &'a str,
    hint: &'a str,
    is_several: bool,
) -> Control<'a> {
    let given = pairs.iter().filter(|(given, _)| given == name);
    let mut values: Vec<&str> = given.map(|(_, value)| value.as_str()).collect();
    let is_set = !values.is_empty();
    match is_several || !is_set {
        true => values.push(""),
        false => values.truncate(1),
    }
    let kind = ControlKind::Texts {
        values,
        is_several,
        hint,
        names: "",
    };
    Control {
        name,
        label,
        kind,
        is_set,
    }
}

/// One of some words; another one that was asked for is among them.
pub fn choice<'a>(
    pairs: &[(String, String)],
    name: &'static str,
    label: &'a str,
    usual: &str,
    options: &[(&str, &str)],
) -> Control<'a> {
    let given = value(pairs, name);
    let chosen = given.unwrap_or(usual);
    let own = |(value, label): &(&str, &str)| {
        ((*value).to_owned(), (*label).to_owned(), *value == chosen)
    };
    let mut options: Vec<_> = options.iter().map(own).collect();
    if !options.iter().any(|(.., is_chosen)| *is_chosen) {
        options.push((chosen.to_owned(), chosen.to_owned(), true));
    }
    Control {
        name,
        label,
        kind: ControlKind::Choice(options),
        is_set: given.is_some(),
    }
}

/// What is ticked.
pub fn tick<'a>(
    pairs: &[(String, String)],
    name: &'static str,
    label: &'a str,
    ticked: &'static str,
) -> Control<'a> {
    let is_ticked = |(given, value): &(String, String)| given == name && value == ticked;
    Control {
        name,
        label,
        kind: ControlKind::Tick(ticked),
        is_set: pairs.iter().any(is_ticked),
    }
}

/// Filters that are seldom needed.
const SELDOM: [&str; 2] = ["agent", "subject"];

/// The filters of a search: what messages have, also what is seldom asked for, and what they have not.
pub fn filter_groups(pairs: &[(String, String)], is_several: bool) -> [Controls<'_>; 3] {
    let control = |name: &'static str, filter: &'static Filter| {
        let mut control = texts(pairs, name, filter.label, "", is_several);
        if let ControlKind::Texts { names, .. } = &mut control.kind
            && filter.name != "subject"
        {
            *names = filter.name;
        }
        control
    };
    let all = in_form().into_iter();
    let (seldom, usual): (Vec<_>, Vec<_>) = all
        .clone()
        .partition(|filter| SELDOM.contains(&filter.name));
    let with = |filters: Vec<&'static Filter>| {
        let controls = filters
            .into_iter()
            .map(|filter| control(filter.name, filter));
        controls.collect::<Vec<_>>()
    };
    let mut more = with(seldom);
    more.push(texts(pairs, "contains", "Text in bodies", "", is_several));
    let without = all.map(|filter| control(filter.not_name, filter)).collect();
    [
        ("Which messages", false, with(usual)),
        ("More filters", true, more),
        ("Leave out", true, without),
    ]
    .map(|(legend, is_folded, controls)| Controls {
        legend,
        is_folded,
        controls,
    })
}

/// The text as it is written in HTML that is shown to be copied: what cannot be seen, or turns text around, by its number.
pub fn written(text: &str) -> String {
    let mut html = String::new();
    escape_into(&mut html, text);
    numbered(&html)
}

/// The text with what cannot be seen, or turns text around, by its number.
pub fn numbered(text: &str) -> String {
    let mut numbered = String::with_capacity(text.len());
    for char in text.chars() {
        match is_marked(char) {
            true => numbered += &format!("&#x{:x};", u32::from(char)),
            false => numbered.push(char),
        }
    }
    numbered
}

/// The control by which a parameter is chosen.
pub fn place(parameter: &str) -> &str {
    match parameter {
        "N" => "align",
        other => other,
    }
}

/// Times in seconds, and their names.
pub const SPANS: [(&str, &str); 5] = [
    ("86400", "1 day"),
    ("604800", "7 days"),
    ("2592000", "30 days"),
    ("7776000", "90 days"),
    ("31536000", "1 year"),
];
