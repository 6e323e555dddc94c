//! Where two lists of messages differ: which messages, in which order, and each of them.

use pythonic::{iso_time, timestamp};

use crate::asking::answer::Answer;
use crate::comparison::spot::Spots;
use crate::comparison::tree;
use crate::json::Json;

/// Where messages are in another order.
pub const ORDER: &str = "raw_messages order";
/// Where a list lacks messages that the other has.
pub const ROWS: &str = "raw_messages";

/// Messages that both have are compared by their ids.
pub fn compare(old: Option<&Json>, new: Option<&Json>, spots: &mut Spots) {
    let (Some(Json::Array(before)), Some(Json::Array(after))) = (old, new) else {
        return tree::compare(ROWS, old, new, spots);
    };
    let (old_ids, new_ids) = (ids(before), ids(after));
    let mut left: Vec<usize> = (0..after.len()).collect();
    let mut pairs = Vec::new();
    let mut missing = false;
    for (at, id) in old_ids.iter().enumerate() {
        // The one in the same place, if several have the id.
        let found = left
            .iter()
            .position(|place| *place == at && new_ids[*place] == *id)
            .or_else(|| left.iter().position(|place| new_ids[*place] == *id));
        match found {
            Some(found) => pairs.push((at, left.remove(found))),
            None => missing = true,
        }
    }
    if missing || !left.is_empty() {
        spots.push(ROWS, Some(listed(&old_ids)), Some(listed(&new_ids)));
    } else if old_ids != new_ids {
        spots.push(ORDER, Some(listed(&old_ids)), Some(listed(&new_ids)));
    }
    for (at, place) in pairs {
        tree::compare(
            &format!("raw_messages[{at}]"),
            Some(&before[at]),
            Some(&after[place]),
            spots,
        );
    }
}

/// The pages of a list as if they were one, with all else as the first has it; `None` where one of them is no list.
pub fn joined(pages: &[Answer]) -> Option<Answer> {
    let first = pages.first()?;
    let Some((_, Json::Object(mut members))) = first.json() else {
        return None;
    };
    let mut messages = Vec::new();
    for page in pages {
        messages.extend_from_slice(page.json()?.1.get(ROWS)?.items());
    }
    members.insert(ROWS.to_owned(), Json::Array(messages));
    Some(Answer {
        body: Json::Object(members).to_string(),
        ..first.clone()
    })
}

/// The id of a message in either form.
pub fn id(message: &Json) -> Option<&Json> {
    message.get("msg_id").or_else(|| message.get("id"))
}

/// When a message was sent, in seconds since 1970, as exactly as its form tells; `None` if it does not.
pub fn moment(message: &Json) -> Option<f64> {
    let sent = message
        .get("headers")
        .and_then(|headers| headers.get("sent-at"))
        .and_then(Json::text);
    let sent = sent.and_then(iso_time::parse).map(timestamp::to_seconds);
    sent.or_else(|| message.get("timestamp").and_then(Json::number))
}

fn ids(messages: &[Json]) -> Vec<Json> {
    messages
        .iter()
        .map(|message| id(message).cloned().unwrap_or(Json::Null))
        .collect()
}

fn listed(ids: &[Json]) -> Json {
    Json::Array(ids.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (
            Json::parse(old).expect("JSON"),
            Json::parse(new).expect("JSON"),
        );
        let mut spots = Spots::default();
        compare(Some(&old), Some(&new), &mut spots);
        spots.found.into_iter().map(|spot| spot.place).collect()
    }

    #[test]
    fn messages_are_compared_with_themselves() {
        let (a, b, c) = (
            r#"{"msg_id": "a", "i": 1}"#,
            r#"{"id": "b", "i": 1}"#,
            r#"{"id": "c"}"#,
        );
        let list = |messages: &[&str]| format!("[{}]", messages.join(","));
        assert_eq!(places(&list(&[a, b]), &list(&[a, b])), [""; 0]);
        assert_eq!(places(&list(&[a, b]), &list(&[b, a])), [ORDER]);
        assert_eq!(places(&list(&[a, b]), &list(&[a])), [ROWS]);
        assert_eq!(places(&list(&[a, b]), &list(&[c, a])), [ROWS]);
        assert_eq!(places(&list(&[a, a]), &list(&[a, a])), [""; 0]);
        assert_eq!(places(&list(&[a, a]), &list(&[a, b])), [ROWS]);
        let changed = r#"{"msg_id": "a", "i": 2}"#;
        assert_eq!(
            places(&list(&[c, a]), &list(&[changed, c])),
            [ORDER, "raw_messages[1].i"]
        );
        assert_eq!(places("[]", "null"), [ROWS]);
    }
}
