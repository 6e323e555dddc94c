//! Times that the services understand in different ways, put so that both understand the same.

use std::sync::LazyLock;

use chrono::Utc;
use pythonic::number::parse_float;
use pythonic::{loose_date, timestamp};
use regex::Regex;

use crate::comparison::spot::Case;
use crate::json::Json;
use crate::kinds::kind::Targets;
use crate::target::Target;

/// A start before all messages, that datagrepper takes for one: seconds since 1970, in the year 5.
const BEFORE_ALL: &str = "-62000000000";
/// The smallest time beside 0 that databases know.
const NEXT_TO_ZERO: &str = "0.000001";

/// A time of day and an offset whose `+` has become a blank.
static BLANK_OFFSET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(.*\d\d:\d\d(?::\d\d)?(?:\.\d+)?) (\d\d:?\d\d)$")
        .expect("a valid expression, as tests show")
});

/// Seconds since 1970, as both services read them in the most forms.
pub fn seconds(text: &str) -> Option<f64> {
    parse_float(text)
        .or_else(|| loose_date::parse(text, Utc::now().date_naive()).map(timestamp::to_seconds))
}

/// The moment next to it.
pub fn zero(_: &Case, targets: &Targets) -> Option<Targets> {
    let zeros = ["start", "end"].into_iter().filter(|name| {
        targets.old.has_times()
            && targets.old.first(name).and_then(|value| seconds(&value)) == Some(0.0)
    });
    let better = zeros.fold(targets.clone(), |targets, name| {
        targets.map(|target| target.with(name, NEXT_TO_ZERO))
    });
    (better != *targets).then_some(better)
}

/// A start before everything.
pub fn end_alone(case: &Case, targets: &Targets) -> Option<Targets> {
    let target = &targets.old;
    let alone =
        target.is_search() && target.has("end") && !target.has("start") && !target.has("delta");
    let ignored = case
        .old_member("arguments")
        .and_then(|arguments| arguments.get("start"))
        .and_then(Json::number);
    // Pages for people do not say what they understood.
    (alone && (ignored == Some(0.0) || case.old_json.is_none()))
        .then(|| targets.map(|target| target.and("start", BEFORE_ALL)))
}

/// The `+`, escaped.
pub fn plus(_: &Case, targets: &Targets) -> Option<Targets> {
    let escape = |target: &Target| {
        ["start", "end"]
            .into_iter()
            .fold(target.clone(), |target, name| {
                let value = target.first(name).unwrap_or_default();
                match BLANK_OFFSET.captures(&value) {
                    Some(parts) => target.with(name, &format!("{}+{}", &parts[1], &parts[2])),
                    None => target,
                }
            })
    };
    let better = targets.map(escape);
    (targets.old.has_times() && better != *targets).then_some(better)
}
