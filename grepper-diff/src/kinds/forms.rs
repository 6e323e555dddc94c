//! Other forms of the same answer.

use crate::asking::client::OWN_HOST;
use crate::comparison::refusal;
use crate::comparison::spot::{Case, Spot};
use crate::json::Json;
use crate::target::Endpoint;

/// Types that Python's web library sends with a character set, beside those of texts.
const WITH_CHARSET: [&str; 7] = [
    "application/javascript",
    "application/ecmascript",
    "application/sql",
    "application/xml",
    "application/xml-dtd",
    "application/xml-external-parsed-entity",
    "application/json+xml",
];

fn text(value: Option<&Json>) -> Option<&str> {
    value.and_then(Json::text)
}

/// The type is `Accept` as it came, and that of a page without it.
pub fn type_as_asked(case: &Case, spot: &Spot) -> bool {
    let is_json = case.question.target.is_search() || case.question.target.is_by_id();
    let asked = case
        .question
        .accept
        .as_deref()
        .map(|accept| accept.to_ascii_lowercase().replace(' ', ""));
    let expected = match asked {
        None => Some("text/html;charset=utf-8".to_owned()),
        Some(accept) if accept.is_empty() => None,
        Some(accept) => {
            let charset = accept.starts_with("text/")
                || accept.ends_with("+xml")
                || WITH_CHARSET.contains(&&*accept);
            Some(accept + if charset { ";charset=utf-8" } else { "" })
        }
    };
    spot.place == "content-type"
        && is_json
        && case.new.status == 200
        && text(spot.new.as_ref()) == Some("application/json")
        && text(spot.old.as_ref()).filter(|given| !given.is_empty()) == expected.as_deref()
}

/// Where the status is the same.
pub fn refusal_as_json(case: &Case, spot: &Spot) -> bool {
    spot.place == "content-type"
        && (400..500).contains(&case.new.status)
        && text(spot.old.as_ref()).is_some_and(|old| old.starts_with("text/html"))
        && text(spot.new.as_ref()) == Some("application/json")
}

pub fn refusal_says_more(case: &Case, spot: &Spot) -> bool {
    spot.place == refusal::MORE && (400..500).contains(&case.new.status)
}

/// The path must be the same, and the host be the one that was asked.
pub fn redirect_without_host(_: &Case, spot: &Spot) -> bool {
    let old = text(spot.old.as_ref()).and_then(|old| old.strip_prefix(OWN_HOST));
    spot.place == "location" && old.is_some() && old == text(spot.new.as_ref())
}

/// Scripts for one element of foreign pages.
pub fn widget_names(case: &Case, spot: &Spot) -> bool {
    let is_widget = |value: &Option<Json>| {
        text(value.as_ref()).is_some_and(|text| text.contains("datagrepper-widget"))
    };
    spot.place == "body"
        && case.question.target.endpoint() == Endpoint::Widget
        && is_widget(&spot.old)
        && is_widget(&spot.new)
}

/// A hundredth is more than the planner is wrong by, and less than a gap that one looks for with it.
pub fn estimated_count(case: &Case, spot: &Spot) -> bool {
    let number = |value: &Option<Json>| value.as_ref().and_then(Json::number);
    let near =
        |(old, new): (f64, f64)| old >= 0.0 && new >= 0.0 && (old - new).abs() <= new / 100.0;
    spot.place == "messagecount"
        && case.question.target.endpoint() == Endpoint::Count
        && number(&spot.old).zip(number(&spot.new)).is_some_and(near)
}
