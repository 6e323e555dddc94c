//! Whatever changes in an answer is told, be it beside a known difference.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::examples::{ECHO, Made, examples, judged, made, message, page};
use crate::asking::answer::Answer;
use crate::comparison::spot::Case;
use crate::comparison::spots;
use crate::comparison::tree::member;
use crate::json::Json;

/// What can be changed of an answer: a leaf or a member of its JSON, by a number that is as good as at random.
fn change(
    json: &mut Json,
    place: String,
    choice: &mut usize,
    to: &Json,
    found: &mut Option<String>,
) {
    if found.is_some() {
        return;
    }
    if *choice == 0 {
        *json = to.clone();
        *found = Some(place);
        return;
    }
    *choice -= 1;
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                change(value, member(&place, name), choice, to, found);
            }
        }
        Json::Array(items) => {
            for (at, value) in items.iter_mut().enumerate() {
                change(value, format!("{place}[{at}]"), choice, to, found);
            }
        }
        _ => {}
    }
}

/// The new answer with one change, and where it is; `None` if there are not that many places.
fn changed(answer: &Answer, mut choice: usize, to: &Json) -> Option<(Answer, String)> {
    let mut json = Json::parse(&answer.body)?;
    let before = json.clone();
    let mut found = None;
    change(&mut json, String::new(), &mut choice, to, &mut found);
    let changed = Answer {
        body: json.to_string(),
        ..answer.clone()
    };
    found
        .filter(|_| json != before)
        .map(|place| (changed, place))
}

fn new_value() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(Json::Null),
        Just(Json::Boolean(true)),
        Just(Json::Array(Vec::new())),
        Just(Json::Object(BTreeMap::new())),
        "[0-9]{9}".prop_map(|digits| Json::Number(format!("1{digits}"))),
        "[a-z]{1,9}".prop_map(|text| Json::Text(format!("changed {text}"))),
    ]
}

proptest! {
    #[test]
    fn no_change_of_an_answer_is_taken_for_a_known_one(choice in 0_usize..60, to in new_value()) {
        let meta = r#", "meta": {"summary": "A builds bash", "url": "https://x", "packages": ["bash"], "date": "just now"}"#;
        let messages = [message("a", 1, meta), message("b", 2, meta), message("c", 2, "")].join(",");
        let answer = page(&messages, 30, ECHO).counting(3);
        if let Some((new, place)) = changed(&answer, choice, &to) {
            let volatile = place.ends_with("meta.date") && to.text().is_some();
            let (known, unknown) = judged(&made("/raw?not_agent=x&meta=date", answer, new));
            prop_assert!(volatile || !unknown.is_empty(), "{place} {to}: {known:?}");
        }
    }

    #[test]
    fn known_differences_hide_no_other(example in 0_usize..64, choice in 0_usize..40, to in new_value()) {
        let examples = examples();
        let (id, made) = &examples[example % examples.len()];
        let known: Vec<String> = spots(&Case::new(&made.question, &made.old, &made.new)).into_iter().map(|spot| spot.place).collect();
        let is_data = made.new.status == 200 && made.old.status == 200;
        if let Some((new, place)) = changed(&made.new, choice, &to).filter(|_| is_data) {
            let is_elsewhere = !known.iter().any(|known| place.starts_with(known.as_str()) || known.starts_with(&place));
            let volatile = place.ends_with("meta.date");
            let (kinds, unknown) = judged(&Made { question: made.question.clone(), old: made.old.clone(), new });
            prop_assert!(!is_elsewhere || volatile || !unknown.is_empty(), "{id}: {place} {to}: {kinds:?}");
        }
    }

    #[test]
    fn another_status_is_never_taken_for_a_known_one(example in 0_usize..64, status in prop_oneof![Just(201_u16), Just(304), Just(401), Just(403), Just(410), Just(500), Just(503)]) {
        let examples = examples();
        let (id, made) = &examples[example % examples.len()];
        let new = Answer { status, ..made.new.clone() };
        let (kinds, unknown) = judged(&Made { question: made.question.clone(), old: made.old.clone(), new });
        prop_assert!(!unknown.is_empty(), "{id} {status}: {kinds:?}");
    }
}
