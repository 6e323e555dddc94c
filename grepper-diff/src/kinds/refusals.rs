//! Questions that grepper refuses, and datagrepper answers or fails at.

use std::sync::LazyLock;

use regex::Regex;

use crate::comparison::STATUS;
use crate::comparison::spot::{Case, Spot};
use crate::json::Json;
use crate::target::Endpoint;

/// Names that `meta` knows.
const META: [&str; 14] = [
    "summary",
    "text",
    "url",
    "app_icon",
    "agent_avatar",
    "usernames",
    "packages",
    "containers",
    "modules",
    "flatpaks",
    "date",
    "subtitle",
    "link",
    "icon",
];

/// What a date can be that lacks its year, month or day.
static PARTIAL: LazyLock<Regex> = LazyLock::new(|| {
    let month = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*";
    let day = "(mon|tue|wed|thu|fri|sat|sun)[a-z]*";
    let time = r"\d{1,2}(:\d{2}){0,2} ?(am|pm)|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?";
    let date =
        format!(r"\d{{4}}[-/.]\d{{1,2}}|{month}( \d{{4}}| \d{{1,2}})?|\d{{1,2}} {month}|{day}");
    Regex::new(&format!("^(?i:({date})|({date})? ?({time}))$"))
        .expect("a valid expression, as tests show")
});

/// A time with the name of a zone behind it.
static ZONED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\d ?[A-Z]{2,5}$").expect("a valid expression, as tests show"));

/// The value that the new answer, a 400, refuses, if it is of one of these parameters and the request has it.
fn refused(case: &Case, spot: &Spot, names: &[&str]) -> Option<String> {
    let is_refusal = spot.place == STATUS
        && case.new.status == 400
        && case.new_member("error").and_then(Json::text) == Some("bad_request");
    let name = case.new_member("parameter").and_then(Json::text)?;
    let given = case.new_member("given").and_then(Json::text)?;
    let values = case.question.target.all(name);
    (is_refusal && names.contains(&name) && values.iter().any(|value| value == given))
        .then(|| given.to_owned())
}

/// Whether datagrepper failed in one of its own ways.
fn failed(case: &Case) -> bool {
    case.old.status == 500
        && (case.old_member("error").is_some() || case.old.body.starts_with("Error, "))
}

pub fn bad_time(case: &Case, spot: &Spot) -> bool {
    failed(case) && refused(case, spot, &["start", "end", "delta"]).is_some()
}

pub fn bad_number(case: &Case, spot: &Spot) -> bool {
    failed(case) && refused(case, spot, &["page", "rows_per_page"]).is_some()
}

pub fn bad_meta(case: &Case, spot: &Spot) -> bool {
    (failed(case) || case.old.status == 200)
        && refused(case, spot, &["meta"]).is_some_and(|name| !META.contains(&name.as_str()))
}

pub fn bad_size(case: &Case, spot: &Spot) -> bool {
    // It is only looked at when the message has been found.
    let looked_at = failed(case) || matches!(case.old.status, 200 | 404);
    case.question.target.is_by_id() && looked_at && refused(case, spot, &["size"]).is_some()
}

pub fn bad_chart(case: &Case, spot: &Spot) -> bool {
    case.question.target.endpoint() == Endpoint::Chart
        && failed(case)
        && refused(case, spot, &["N", "split_on"]).is_some()
}

pub fn nul(case: &Case, spot: &Spot) -> bool {
    let filters = [
        "user",
        "package",
        "category",
        "topic",
        "agent",
        "not_user",
        "not_package",
        "not_category",
        "not_topic",
        "not_agent",
        "contains",
        "id",
    ];
    failed(case) && refused(case, spot, &filters).is_some_and(|value| value.contains('\0'))
}

pub fn bad_callback(case: &Case, spot: &Spot) -> bool {
    let is_name = |part: &str| {
        let letter = |c: char| c.is_alphabetic() || matches!(c, '_' | '$');
        part.starts_with(letter) && part.chars().all(|c| letter(c) || c.is_numeric())
    };
    case.old.status == 200
        && refused(case, spot, &["callback"]).is_some_and(|name| !name.split('.').all(is_name))
}

pub fn partial_date(case: &Case, spot: &Spot) -> bool {
    case.old.status == 200
        && refused(case, spot, &["start", "end"])
            .is_some_and(|value| PARTIAL.is_match(value.trim()))
}

pub fn unknown_zone(case: &Case, spot: &Spot) -> bool {
    case.old.status == 200
        && refused(case, spot, &["start", "end"]).is_some_and(|value| ZONED.is_match(value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_that_lack_something_are_told_from_whole_ones() {
        for partial in [
            "2024-05",
            "May 2024",
            "May",
            "Wednesday",
            "10:11",
            "10am",
            "10:11:12.5",
            "5 May",
            "may 5",
            "Wed 10:00",
        ] {
            assert!(PARTIAL.is_match(partial), "{partial}");
        }
        for whole in [
            "2024-05-01",
            "2024",
            "20240501",
            "5/6/2024",
            "May 1 2024",
            "1 May 2024",
            "2024-05-01 10:11",
            "yesterday",
            "",
        ] {
            assert!(!PARTIAL.is_match(whole), "{whole}");
        }
    }

    #[test]
    fn names_of_zones_stand_behind_times() {
        for zoned in ["2024-05-01 10:00 EST", "2024-05-01T10:00CEST"] {
            assert!(ZONED.is_match(zoned), "{zoned}");
        }
        for plain in ["2024-05-01", "2024-05-01T10:00:00", "EST", "10 yesterday"] {
            assert!(!ZONED.is_match(plain), "{plain}");
        }
    }
}
