//! The clean query of a search whose form was sent: trimmed, without blanks, and with what was added.

use crate::filters::{FILTERS, is_filter};
use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// Where forms may lead.
const PATHS: [&str; 2] = ["/raw", "/v2/search"];
/// What is of the form or of one page, and not of the search.
const DROPPED: [&str; 12] = [
    "to",
    "field",
    "op",
    "value",
    "new_start",
    "start_was",
    "new_end",
    "end_was",
    "q",
    "page",
    "chrome",
    "callback",
];
/// The ends of the searched time: the parameter, the field of the form, and what the field said before.
const ENDS: [[&str; 3]; 2] = [
    ["start", "new_start", "start_was"],
    ["end", "new_end", "end_was"],
];
/// What the search does where nothing is said.
const USUAL: [(&str, &str); 2] = [("order", "desc"), ("size", "large")];
/// What there is one of: another value takes its place.
const SINGLE: [&str; 5] = ["start", "end", "delta", "order", "size"];
/// What other parameters one takes the place of.
const INSTEAD: [(&str, [&str; 2]); 1] = [("delta", ["start", "end"])];

/// The path of the search that a form leads to; none if the query is none of a form.
pub fn path(query: &Query) -> Result<Option<&'static str>, BadRequest> {
    let Some(to) = query.first("to") else {
        return Ok(None);
    };
    match PATHS.into_iter().find(|path| *path == to) {
        Some(path) => Ok(Some(path)),
        None => Err(BadRequest::new("to", to, "/raw or /v2/search")),
    }
}

/// The parameters of the search.
pub fn search(query: &Query) -> Result<Vec<(String, String)>, BadRequest> {
    let pairs = query.pairs().iter();
    let given = pairs.filter(|(name, _)| !DROPPED.contains(&name.as_str()));
    // A form that adds something brings the filters along that hold already: they stay as they are.
    let holds = query.first("field").is_some();
    let clean = |(name, value): &(String, String)| match holds && is_filter(name) {
        true => Some((name.clone(), value.clone())),
        false => {
            Some((name.clone(), value.trim().to_owned())).filter(|(_, value)| !value.is_empty())
        }
    };
    let mut search: Vec<(String, String)> = given.filter_map(clean).collect();
    if let Some((name, value)) = added(query)? {
        if SINGLE.contains(&name.as_str()) {
            search.retain(|(given, _)| *given != name);
        }
        for (_, replaced) in INSTEAD.iter().filter(|(own, _)| *own == name) {
            search.retain(|(given, _)| !replaced.contains(&given.as_str()));
        }
        if !search.contains(&(name.clone(), value.clone())) {
            search.push((name, value));
        }
    }
    change_time(query, &mut search);
    search.retain(|(name, value)| !USUAL.contains(&(name.as_str(), value.as_str())));
    Ok(search)
}

/// An end of the searched time that was changed takes the place of the one that holds, and of a time by its length; one
/// that was left stays as exact as it was.
fn change_time(query: &Query, search: &mut Vec<(String, String)>) {
    let given = |name: &str| query.first(name).unwrap_or_default().trim();
    for [name, field, before] in ENDS {
        let value = given(field);
        if value == given(before) {
            continue;
        }
        search.retain(|(given, _)| given != name && given != "delta");
        if !value.is_empty() {
            search.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// The parameter that `field`, `op` and `value` add, if there is a value.
fn added(query: &Query) -> Result<Option<(String, String)>, BadRequest> {
    let value = query.first("value").unwrap_or_default().trim();
    if value.is_empty() {
        return Ok(None);
    }
    let field = query.first("field").unwrap_or_default().trim();
    let filter = FILTERS.iter().find(|filter| filter.name == field);
    let op = query.first("op").unwrap_or("is");
    let name = match (op, filter) {
        ("is", Some(filter)) => filter.name,
        ("not", Some(filter)) => filter.not_name,
        ("is", None) if field == "contains" || SINGLE.contains(&field) => field,
        ("is", None) => {
            let names = FILTERS.iter().map(|filter| filter.name);
            let names = names.chain(["contains"]).chain(SINGLE);
            let allowed = format!("one of {}", names.collect::<Vec<_>>().join(", "));
            return Err(BadRequest::new("field", field, allowed));
        }
        ("not", None) => {
            let names = FILTERS.iter().map(|filter| filter.name);
            let allowed = format!("one of {} with not", names.collect::<Vec<_>>().join(", "));
            return Err(BadRequest::new("field", field, allowed));
        }
        _ => return Err(BadRequest::new("op", op, "is or not")),
    };
    Ok(Some((name.to_owned(), value.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(query: &str) -> Result<String, String> {
        let query = Query::parse(query).expect("a query");
        let pairs = search(&query).map_err(|bad| bad.parameter.into_owned())?;
        let written = pairs.iter().map(|(name, value)| format!("{name}={value}"));
        Ok(written.collect::<Vec<_>>().join("&"))
    }

    #[test]
    fn forms_lead_to_clean_searches() {
        for (asked, expected) in [
            ("", ""),
            (
                "to=/raw&user=+adamk+&package=&order=desc&size=large",
                "user=adamk",
            ),
            (
                "user=a&page=7&chrome=false&size=small&order=asc",
                "user=a&size=small&order=asc",
            ),
            ("user=a&field=topic&op=is&value=+b+", "user=a&topic=b"),
            ("user=a&field=user&op=not&value=b", "user=a&not_user=b"),
            ("user=a&field=user&value=a", "user=a"),
            (
                "user=+a&not_topic=&field=user&value=+b+",
                "user= a&not_topic=&user=b",
            ),
            ("user=+a&start=+&field=", "user= a"),
            ("user=a&field=user&value=b", "user=a&user=b"),
            ("user=a&field=user&value=+", "user=a"),
            (
                "start=1&end=2&meta=url&field=delta&value=60",
                "meta=url&delta=60",
            ),
            ("start=1&field=start&value=2024-05-01", "start=2024-05-01"),
            ("not_user=a&field=contains&value=x", "not_user=a&contains=x"),
            (
                "delta=60&field=user&value=a&new_start=&start_was=&new_end=&end_was=",
                "delta=60&user=a",
            ),
            (
                "delta=60&field=user&value=a&new_start=2024-05-01T00:00&start_was=&new_end=&end_was=",
                "user=a&start=2024-05-01T00:00",
            ),
            (
                "start=1.5&end=2.5&field=user&value=&new_start=x&start_was=x&new_end=z&end_was=y",
                "start=1.5&end=z",
            ),
            (
                "start=1.5&end=2.5&field=&new_start=&start_was=x&new_end=y&end_was=y",
                "end=2.5",
            ),
        ] {
            assert_eq!(clean(asked).as_deref(), Ok(expected), "{asked}");
        }
        for (asked, wrong) in [
            ("field=nope&value=x", "field"),
            ("value=x", "field"),
            ("field=contains&op=not&value=x", "field"),
            ("field=user&op=like&value=x", "op"),
        ] {
            assert_eq!(clean(asked), Err(wrong.to_owned()), "{asked}");
        }
    }

    #[test]
    fn forms_lead_to_searches_alone() {
        let path = |query: &str| path(&Query::parse(query).expect("a query"));
        assert_eq!(path("q=x"), Ok(None));
        assert_eq!(path("to=/raw"), Ok(Some("/raw")));
        for elsewhere in [
            "to=https://evil.org/",
            "to=//evil.org",
            "to=/raw/../x",
            "to=",
        ] {
            assert_eq!(path(elsewhere).expect_err(elsewhere).parameter, "to");
        }
    }
}
