//! What a request may have meant that cannot be answered as it is: others that can, where they can be guessed.

use chrono::{DateTime, Days, Utc};

use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::road_params::is_kind;

/// Seconds back from now that a search with `contains` may look at.
const LONGEST_CONTAINS: &str = "19353600";
/// Spans in seconds that are searched quickly, and their names.
const SHORT: [(&str, &str); 3] = [
    ("86400", "the last day"),
    ("604800", "the last 7 days"),
    ("2592000", "the last 30 days"),
];
/// Parameters that must be given where they may be.
const NEEDED: [&str; 5] = ["group_by", "kind", "id", "field", "to"];
/// Parameters of time.
const TIMES: [&str; 3] = ["start", "end", "delta"];

/// A request that can be answered, as it may have been meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mend {
    /// What it does, as a link says it.
    pub text: String,
    /// Its parameters.
    pub query: Vec<(String, String)>,
}

/// Requests like the one of `query` in which what is `bad` is mended.
pub fn mends(query: &Query, bad: &BadRequest, now: DateTime<Utc>) -> Vec<Mend> {
    let name = bad.parameter.as_ref();
    if !query.pairs().iter().any(|(given, _)| given == name) {
        return Vec::new();
    }
    let mend = match name {
        "page" => without(query, &["page"], "Show the first page"),
        "rows_per_page" => without(query, &["rows_per_page"], "Show as many as usual"),
        "contains" if !has_place(query) => return Vec::new(),
        "contains" => with(
            without(query, &TIMES, "Search the last 32 weeks"),
            "delta",
            LONGEST_CONTAINS,
        ),
        "start" | "end" => match day(&bad.given, now) {
            Some(day) => {
                let text = format!("Search with {name} {day}");
                with(without(query, &[name], &text), name, &day)
            }
            None => without(query, &[name], &format!("Search without {name}")),
        },
        // There is no answer without these, or the other one of two would be as wrong.
        name if NEEDED.contains(&name) || is_kind(name) => return Vec::new(),
        "before" | "after" => without(query, &["before", "after"], "Show the first page"),
        _ => without(query, &[name], &format!("Ask without {name}")),
    };
    vec![mend]
}

/// The search over less time.
pub fn narrower(query: &Query) -> Vec<Mend> {
    let within = |(seconds, name): &(&str, &str)| {
        let text = format!("Search {name}");
        with(without(query, &TIMES, &text), "delta", seconds)
    };
    SHORT.iter().map(within).collect()
}

/// Whether a search is narrowed to what bodies may be looked through of.
pub fn has_place(query: &Query) -> bool {
    let mut names = query.pairs().iter().map(|(name, _)| name.as_str());
    names.any(|name| ["category", "topic"].contains(&name))
}

/// The day that people mean by a word.
fn day(word: &str, now: DateTime<Utc>) -> Option<String> {
    let today = now.date_naive();
    let day = match word.trim().to_ascii_lowercase().as_str() {
        "today" => today,
        "yesterday" => today.checked_sub_days(Days::new(1))?,
        _ => return None,
    };
    Some(day.to_string())
}

fn without(query: &Query, names: &[&str], text: &str) -> Mend {
    let pairs = query.pairs().iter();
    let kept = pairs.filter(|(name, _)| name != "page" && !names.contains(&name.as_str()));
    Mend {
        text: text.to_owned(),
        query: kept.cloned().collect(),
    }
}

fn with(mut mend: Mend, name: &str, value: &str) -> Mend {
    mend.query.push((name.to_owned(), value.to_owned()));
    mend
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use crate::request::params::SearchParams;

    const LIMITS: Limits = Limits {
        default_query_delta: None,
        default_rows_per_page: 25,
        max_rows_per_page: 100,
    };

    #[test]
    fn what_is_offered_is_answered() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        for (asked, text, mended) in [
            ("page=0&user=a", "Show the first page", "user=a"),
            (
                "rows_per_page=999&user=a",
                "Show as many as usual",
                "user=a",
            ),
            ("order=up&page=3", "Ask without order", ""),
            (
                "start=yesterday",
                "Search with start 2027-01-14",
                "start=2027-01-14",
            ),
            (
                "end=Today&user=a",
                "Search with end 2027-01-15",
                "user=a&end=2027-01-15",
            ),
            ("start=soon&user=a", "Search without start", "user=a"),
            (
                "contains=x&category=a&start=2001-01-01",
                "Search the last 32 weeks",
                "contains=x&category=a&delta=19353600",
            ),
        ] {
            let query = Query::parse(asked).expect("a query");
            let bad = SearchParams::parse(&query, &LIMITS, now).expect_err("refused");
            let mends = mends(&query, &bad, now);
            let [mend] = &*mends else {
                panic!("{asked}: {mends:?}");
            };
            let pairs = mend
                .query
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            let written = pairs.collect::<Vec<_>>().join("&");
            assert_eq!((mend.text.as_str(), written.as_str()), (text, mended));
            let again = Query::parse(&written).expect("a query");
            assert!(
                SearchParams::parse(&again, &LIMITS, now).is_ok(),
                "{written}"
            );
        }
        let query = Query::parse("contains=x").expect("a query");
        let bad = SearchParams::parse(&query, &LIMITS, now).expect_err("refused");
        assert_eq!(mends(&query, &bad, now), []);
        assert_eq!(narrower(&query).len(), 3);
    }
}
