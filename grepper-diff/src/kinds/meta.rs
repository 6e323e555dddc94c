//! What is said about messages.

use std::collections::BTreeSet;

use crate::comparison::lists;
use crate::comparison::spot::{Case, Spot};
use crate::json::Json;
use crate::target::Endpoint;

/// The message in the old answer that the place is in.
pub fn message<'a>(case: &'a Case, spot: &Spot) -> Option<&'a Json> {
    match spot.place.strip_prefix("raw_messages[") {
        Some(rest) => case
            .old_messages()
            .get(rest.split_once(']')?.0.parse::<usize>().ok()?),
        None => case.old_json.as_ref(),
    }
}

/// The members of `meta` that are lists of names.
const NAMES: [&str; 5] = ["usernames", "packages", "containers", "modules", "flatpaks"];

/// Something of the same kind where there was nothing.
pub fn from_rules(case: &Case, spot: &Spot) -> bool {
    let (Some(name), Some(old), Some(new)) = (
        spot.in_message().strip_prefix("meta."),
        &spot.old,
        &spot.new,
    ) else {
        return false;
    };
    if new.is_empty() {
        return false;
    }
    match name {
        "summary" | "subtitle" => {
            let topic = message(case, spot).and_then(|message| message.get("topic"));
            new.text().is_some() && topic == Some(old)
        }
        "url" | "link" | "app_icon" | "icon" | "agent_avatar" => {
            *old == Json::Null && new.text().is_some()
        }
        name if NAMES.contains(&name) => {
            let texts = |list: &Json| matches!(list, Json::Array(items) if items.iter().all(|item| item.text().is_some()));
            old.is_empty() && texts(old) && texts(new)
        }
        "text" => {
            let known = message(case, spot).and_then(|message| {
                Some((lists::id(message)?.text()?, message.get("topic")?.text()?))
            });
            let base = known.map(|(id, topic)| format!("Id: {id}\nTopic: {topic}\nHeaders: {{"));
            new.text().is_some_and(|new| !new.starts_with("Id: "))
                && base.is_some_and(|base| old.text().is_some_and(|old| old.starts_with(&base)))
        }
        _ => false,
    }
}

/// Lists of names that are equal but for order and repetition; grepper's is in order.
pub fn names(case: &Case, spot: &Spot) -> bool {
    let list = spot.in_message().strip_prefix("meta.");
    let list = list.and_then(|place| place.split('[').next());
    let (Some(list), Some(old)) = (
        list.filter(|list| NAMES.contains(list)),
        message(case, spot),
    ) else {
        return false;
    };
    let all = case.new_messages().iter().chain(&case.new_json);
    let mut new = all.filter(|new| new.get("meta").is_some() && lists::id(new) == lists::id(old));
    let names = |message: &Json| -> Option<Vec<String>> {
        let names = message.get("meta")?.get(list)?.items().iter();
        names.map(|name| name.text().map(str::to_owned)).collect()
    };
    let (old, new) = (names(old), new.next_back().and_then(names));
    let (Some(old), Some(new)) = (old, new) else {
        return false;
    };
    let old: BTreeSet<String> = old.into_iter().collect();
    new.into_iter().eq(old)
}

/// All but the headers is the same.
pub fn text_headers(_: &Case, spot: &Spot) -> bool {
    let without_headers = |value: &Option<Json>| {
        let text = value.as_ref().and_then(Json::text)?;
        let (before, rest) = text.split_once("\nHeaders: ")?;
        let (_, after) = rest.split_once("\nBody: ")?;
        Some((before.to_owned(), after.to_owned()))
    };
    let (old, new) = (without_headers(&spot.old), without_headers(&spot.new));
    spot.in_message() == "meta.text" && old.is_some() && old == new
}

/// As a time without a zone, which is what datagrepper puts there.
pub fn added_sent_at(case: &Case, spot: &Spot) -> bool {
    let is_naive = |text: &str| {
        text.get(10..11) == Some("T")
            && !text.contains(['+', 'Z'])
            && text.matches('-').count() == 2
    };
    spot.in_message() == "headers.sent-at"
        && matches!(
            case.question.target.endpoint(),
            Endpoint::Raw | Endpoint::Id
        )
        && case.question.target.has("meta")
        && spot.new.is_none()
        && spot.old.as_ref().and_then(Json::text).is_some_and(is_naive)
}
