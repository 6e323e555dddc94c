//! Where the bodies of two answers with equal status differ.

use crate::comparison::spot::{Case, Spots};
use crate::comparison::{chart, lists, page, refusal, tree};
use crate::json::Json;
use crate::target::Endpoint;

/// Keeps the places; each kind of answer is read in its own way.
pub fn compare(case: &Case, spots: &mut Spots) {
    if case.old.status >= 400 {
        return refusal::compare(case, spots);
    }
    match case.question.target.endpoint() {
        Endpoint::Chart => chart::compare(case, spots),
        // What is for people's eyes may look as it likes.
        Endpoint::Page | Endpoint::Asset => {}
        Endpoint::Widget => whole(case, spots),
        _ => compare_data(case, spots),
    }
}

fn compare_data(case: &Case, spots: &mut Spots) {
    match (&case.old_json, &case.new_json) {
        (Some(old), Some(new)) => {
            let callback = |answer: &crate::asking::answer::Answer| {
                answer
                    .json()
                    .and_then(|(callback, _)| callback.map(str::to_owned))
            };
            spots.texts("callback", callback(case.old), callback(case.new));
            compare_values(case, old, new, spots);
        }
        (None, None) if is_page(&case.old.body) && is_page(&case.new.body) => {
            page::compare(case, spots);
        }
        _ => whole(case, spots),
    }
}

fn compare_values(case: &Case, old: &Json, new: &Json, spots: &mut Spots) {
    let (Json::Object(before), Json::Object(after)) = (old, new) else {
        return tree::compare("", Some(old), Some(new), spots);
    };
    if !case.question.target.is_search() || !before.contains_key("raw_messages") {
        return tree::compare("", Some(old), Some(new), spots);
    }
    let is_fixed = case.question.target.has("end");
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        match name.as_str() {
            "raw_messages" => lists::compare(old, new, spots),
            "arguments" => tree::compare_arguments(old, new, is_fixed, spots),
            _ => tree::compare(name, old, new, spots),
        }
    }
}

/// Bare fragments begin with their first element, and the page after the last is empty.
fn is_page(body: &str) -> bool {
    let start = body.trim_start();
    start.is_empty() || start.starts_with('<')
}

fn whole(case: &Case, spots: &mut Spots) {
    spots.texts(
        "body",
        Some(case.old.body.trim()),
        Some(case.new.body.trim()),
    );
}
