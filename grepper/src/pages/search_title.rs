//! What a search is called in tabs, bookmarks and histories.

use crate::filters::in_form;
use crate::pages::marks::{BLANK, cut};
use crate::pages::searched_time::SearchedTime;

/// Letters of a value.
const LONGEST: usize = 60;
/// Values that are named.
const MOST: usize = 4;

/// The title of a page of this search: what is searched for, the time if one was asked for, and the page.
pub fn search_title(query: &[(String, String)], time: &SearchedTime) -> String {
    let mut words = named(query);
    if words.len() > MOST {
        let more = words.len() - MOST;
        words.truncate(MOST);
        words.push(format!("{more} more"));
    }
    let seconds = first(query, "delta").and_then(|text| text.parse().ok());
    let mut ends = ["start", "end"].into_iter();
    if ends.any(|name| first(query, name).is_some()) {
        words.push(time.sentence());
    } else if let Some(seconds) = seconds {
        words.push(span(seconds));
    }
    let page = first(query, "page").and_then(|text| text.parse().ok());
    if let Some(page) = page.filter(|page: &u64| *page > 1) {
        words.push(format!("page {page}"));
    }
    match words.is_empty() {
        true => "Messages – grepper".to_owned(),
        false => format!("{} – messages – grepper", words.join(", ")),
    }
}

/// The values of filters, those that are left out with a word for that.
fn named(query: &[(String, String)]) -> Vec<String> {
    let filters = in_form();
    let word = |(name, value): &(String, String)| {
        let shown = match value.as_str() {
            "" => BLANK.to_owned(),
            value => cut(value, LONGEST),
        };
        if name == "contains" || filters.iter().any(|filter| filter.name == name) {
            Some(shown)
        } else {
            let is_left_out = filters.iter().any(|filter| filter.not_name == name);
            is_left_out.then(|| format!("not {shown}"))
        }
    };
    query.iter().filter_map(word).collect()
}

fn first<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = query.iter().filter(|(given, _)| given == name);
    values.next().map(|(_, value)| value.as_str())
}

/// So many seconds, in the largest unit that they are a whole number of.
fn span(seconds: f64) -> String {
    let units = [
        (86_400.0, "day"),
        (3_600.0, "hour"),
        (60.0, "minute"),
        (1.0, "second"),
    ];
    let fitting = units
        .iter()
        .find(|(unit, _)| seconds >= *unit && seconds % unit == 0.0);
    match fitting {
        Some((unit, name)) if seconds == *unit => format!("1 {name}"),
        Some((unit, name)) => format!("{} {name}s", seconds / unit),
        None => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_say_what_is_shown() {
        for (query, expected) in [
            ("", "Messages – grepper"),
            ("size=small&order=asc", "Messages – grepper"),
            (
                "user=adamk&category=bodhi&delta=2592000",
                "adamk, bodhi, 30 days – messages – grepper",
            ),
            (
                "not_package=kernel&user=&delta=3600&page=3",
                "not kernel, (blank), 1 hour, page 3 – messages – grepper",
            ),
            ("delta=x&page=2", "page 2 – messages – grepper"),
            (
                "user=adamk&start=0&end=1&delta=3600",
                "adamk, of all time – messages – grepper",
            ),
            (
                "user=a&user=b&user=c&user=d&user=e&user=f",
                "a, b, c, d, 2 more – messages – grepper",
            ),
        ] {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let pairs: Vec<_> = pairs.collect();
            assert_eq!(
                search_title(&pairs, &SearchedTime::default()),
                expected,
                "{query}"
            );
        }
    }
}
