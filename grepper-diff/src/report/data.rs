//! The report for programs.

use serde_json::{Value, json};

use crate::report::amounts;
use crate::report::latency::Figures;
use crate::report::tally::{Example, Tally};

/// The whole report.
pub fn report(tally: &Tally) -> Value {
    let about = &tally.about;
    let counts = &about.counts;
    json!({
        "old": about.old.shown,
        "new": about.new.shown,
        "lines": {
            "read": counts.lines, "without_request": counts.unread, "own": counts.own, "other_methods": counts.other_methods,
            "elsewhere": counts.elsewhere, "prefix": counts.prefix, "distinct": counts.distinct,
        },
        "frozen": about.window.map(|window| json!({"end": window.end, "requests": about.frozen})),
        "requests": {
            "asked": tally.asked(), "equal": tally.equal, "settled": tally.settled, "known": tally.known,
            "different": tally.different, "not_asked": tally.not_asked,
        },
        "stopped": tally.stopped,
        "seconds": tally.took.as_secs_f64(),
        "known": tally.seen().map(|(kind, seen)| json!({
            "kind": kind.id, "class": kind.class.to_string(), "words": kind.words,
            "requests": seen.requests, "times": seen.times, "example": seen.example,
        })).collect::<Vec<_>>(),
        "settings": about.settings.iter().map(|setting| json!({
            "name": setting.name, "old": setting.old, "new": setting.new,
        })).collect::<Vec<_>>(),
        "different": tally.unknown.iter().map(|(name, group)| json!({
            "name": name, "requests": group.requests, "times": group.times,
            "examples": group.examples.iter().map(example).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "amounts": amounts::told(tally).map(|(name, requests, words)| json!({
            "more_in": name, "requests": requests, "words": words,
        })).collect::<Vec<_>>(),
        "too_large": tally.too_large.as_ref().map(|(requests, example)| json!({
            "requests": requests, "example": example, "words": tally.not_looked_at(),
        })),
        "curl_lacks": tally.curl_lacks(),
        "milliseconds": tally.latency.figures().map(|(old, new)| json!({
            "old": figures(old), "new": figures(new), "new_quicker": tally.latency.quicker(), "of": tally.latency.len(),
        })),
    })
}

fn example(example: &Example) -> Value {
    let places = example
        .places
        .iter()
        .map(|(place, old, new)| json!({"place": place, "old": old, "new": new}));
    json!({
        "request": example.request,
        "places": places.collect::<Vec<_>>(),
        "more": example.more,
        "curl": {"old": example.curl[0], "new": example.curl[1]},
    })
}

fn figures(figures: Figures) -> Value {
    json!({"median": figures.median, "p95": figures.p95, "slowest": figures.slowest})
}
