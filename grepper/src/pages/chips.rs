//! The filters of a search, each with links that take it off or turn it round.

use crate::filters::in_form;
use crate::pages::search_links::SearchLinks;

/// A filter that a search has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chip<'a> {
    /// What is filtered by, as people say it.
    pub word: String,
    /// Whether messages with the value are left out.
    pub is_not: bool,
    /// The value.
    pub value: &'a str,
    /// The search without the filter.
    pub remove: String,
    /// The search with the filter turned round, where that can be.
    pub turn: Option<String>,
}

/// The filters of a search, in the order of the form.
pub fn chips<'a>(links: &SearchLinks<'a>) -> Vec<Chip<'a>> {
    let mut chips = Vec::new();
    for filter in in_form() {
        for (name, other, is_not) in [
            (filter.name, filter.not_name, false),
            (filter.not_name, filter.name, true),
        ] {
            for value in values(links, name) {
                chips.push(Chip {
                    word: filter.label.to_lowercase(),
                    is_not,
                    value,
                    remove: links.without(name, value),
                    turn: Some(links.turned(name, value, other)),
                });
            }
        }
    }
    for value in values(links, "contains") {
        chips.push(Chip {
            word: "body contains".to_owned(),
            is_not: false,
            value,
            remove: links.without("contains", value),
            turn: None,
        });
    }
    chips
}

fn values<'a>(links: &SearchLinks<'a>, name: &str) -> impl Iterator<Item = &'a str> {
    links
        .kept()
        .filter(move |(given, _)| *given == name)
        .map(|(_, value)| value)
}
