//! Where two values of JSON differ.

use std::collections::BTreeSet;

use crate::comparison::spot::Spots;
use crate::json::Json;

/// Seconds by which times may differ that were worked out from the moment of asking.
const MOMENTS: f64 = 300.0;

/// Goes down both trees; `place` is where they are.
pub fn compare(place: &str, old: Option<&Json>, new: Option<&Json>, spots: &mut Spots) {
    if old == new || (is_volatile(place) && both_are_texts(old, new)) {
        return;
    }
    match (old, new) {
        (Some(Json::Object(before)), Some(Json::Object(after))) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                compare(
                    &member(place, name),
                    before.get(name),
                    after.get(name),
                    spots,
                );
            }
        }
        (Some(Json::Array(before)), Some(Json::Array(after))) if before.len() == after.len() => {
            for (at, (old, new)) in before.iter().zip(after).enumerate() {
                compare(&format!("{place}[{at}]"), Some(old), Some(new), spots);
            }
        }
        _ => spots.push(place, old.cloned(), new.cloned()),
    }
}

/// The echo of what was asked: numbers count by value, and times by the moment if they depend on it.
pub fn compare_arguments(
    old: Option<&Json>,
    new: Option<&Json>,
    is_fixed: bool,
    spots: &mut Spots,
) {
    let (Some(Json::Object(before)), Some(Json::Object(after))) = (old, new) else {
        return compare("arguments", old, new, spots);
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (old, new) = (before.get(name), after.get(name));
        let numbers = old.and_then(Json::number).zip(new.and_then(Json::number));
        let is_time = matches!(name.as_str(), "start" | "end" | "delta");
        let most = if is_time && !is_fixed { MOMENTS } else { 0.0 };
        if numbers.is_none_or(|(old, new)| (old - new).abs() > most) {
            compare(&member("arguments", name), old, new, spots);
        }
    }
}

/// The place of an object's member.
pub fn member(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    }
}

/// "2 years ago" is another text a moment later.
fn is_volatile(place: &str) -> bool {
    place == "meta.date" || (place.starts_with("raw_messages[") && place.ends_with("].meta.date"))
}

fn both_are_texts(old: Option<&Json>, new: Option<&Json>) -> bool {
    [old, new].iter().all(|value| {
        value
            .and_then(Json::text)
            .is_some_and(|text| !text.is_empty())
    })
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
        compare("", Some(&old), Some(&new), &mut spots);
        spots.found.into_iter().map(|spot| spot.place).collect()
    }

    #[test]
    fn differences_have_their_place() {
        assert_eq!(
            places(
                r#"{"a": [1, {"b": 2}], "c": 3}"#,
                r#"{"c": 3, "a": [1, {"b": 2}]}"#
            ),
            [""; 0]
        );
        assert_eq!(
            places(r#"{"a": [1, {"b": 2}]}"#, r#"{"a": [1, {"b": 3}]}"#),
            ["a[1].b"]
        );
        assert_eq!(
            places(r#"{"a": 1}"#, r#"{"a": 1.0, "b": null}"#),
            ["a", "b"]
        );
        assert_eq!(places(r#"{"a": [1]}"#, r#"{"a": [1, 2]}"#), ["a"]);
        assert_eq!(places("[]", "{}"), [""]);
    }

    #[test]
    fn only_texts_of_dates_may_change() {
        let date = |value: &str| format!(r#"{{"meta": {{"date": {value}}}}}"#);
        assert_eq!(
            places(&date("\"just now\""), &date("\"seconds ago\"")),
            [""; 0]
        );
        assert_eq!(places(&date("\"just now\""), &date("null")), ["meta.date"]);
        assert_eq!(
            places(r#"{"msg": {"date": "a"}}"#, r#"{"msg": {"date": "b"}}"#),
            ["msg.date"]
        );
    }

    #[test]
    fn times_of_the_moment_may_be_a_little_apart() {
        let compare = |old: &str, new: &str, is_fixed| {
            let (old, new) = (
                Json::parse(old).expect("JSON"),
                Json::parse(new).expect("JSON"),
            );
            let mut spots = Spots::default();
            compare_arguments(Some(&old), Some(&new), is_fixed, &mut spots);
            spots.found.len()
        };
        assert_eq!(compare(r#"{"start": 0}"#, r#"{"start": 0.0}"#, true), 0);
        assert_eq!(compare(r#"{"end": 5.0}"#, r#"{"end": 6.5}"#, true), 1);
        assert_eq!(compare(r#"{"end": 5.0}"#, r#"{"end": 6.5}"#, false), 0);
        assert_eq!(
            compare(
                r#"{"end": 5.0, "page": 1}"#,
                r#"{"end": 5.0, "page": 2}"#,
                false
            ),
            1
        );
    }
}
