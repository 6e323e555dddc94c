//! What the pictures of two charts count.

use roxmltree::Document;

use crate::comparison::spot::{Case, Spots};
use crate::json::Json;

/// Where charts count differently.
pub const COUNTS: &str = "chart";

/// Keeps the place if the counts differ, in whatever order they are drawn; a body without counts is compared as it is.
pub fn compare(case: &Case, spots: &mut Spots) {
    match (counts(&case.old.body), counts(&case.new.body)) {
        (Some(old), Some(new)) if old == new => {}
        (Some(old), Some(new)) => spots.push(COUNTS, Some(listed(&old)), Some(listed(&new))),
        _ => spots.texts(
            "body",
            Some(case.old.body.trim()),
            Some(case.new.body.trim()),
        ),
    }
}

fn listed(counts: &[u64]) -> Json {
    Json::Array(
        counts
            .iter()
            .map(|count| Json::Number(count.to_string()))
            .collect(),
    )
}

/// The counts in a picture from the smallest, by what a pointer that rests on them is told; `None` if it is no picture.
fn counts(svg: &str) -> Option<Vec<u64>> {
    let document = Document::parse(svg).ok()?;
    let elements = |name: &'static str| {
        document
            .descendants()
            .filter(move |node| node.tag_name().name() == name)
    };
    let described: Vec<&str> = elements("desc")
        .filter(|node| node.attribute("class") == Some("value"))
        .filter_map(|node| node.text())
        .collect();
    let mut counts: Vec<u64> = if described.is_empty() {
        // The first title is that of the whole.
        elements("title")
            .skip(1)
            .filter_map(|node| last_number(node.text()?))
            .collect()
    } else {
        described.into_iter().filter_map(of_description).collect()
    };
    counts.sort_unstable();
    Some(counts)
}

/// `24`, of a stacked line `34 (+10)`, of which 10 is its own, and of a plane `24: 0`.
fn of_description(text: &str) -> Option<u64> {
    let own = text
        .split_once("(+")
        .map(|(_, own)| own.trim_end_matches(')'));
    let number = own.unwrap_or(text).split(':').next()?;
    number.trim().parse().ok()
}

/// `bodhi, 2 years ago: 24`.
fn last_number(text: &str) -> Option<u64> {
    text.rsplit_once(": ")?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_both_ways_to_draw() {
        let old = "<?xml version='1.0' encoding='utf-8'?>\n<svg xmlns='http://www.w3.org/2000/svg'><title>x: 7</title>\
            <g><desc class='value'>24</desc><desc class='x top'>11.9</desc><desc class='value'>34 (+10)</desc></g>\
            <desc class='value'>0: 0</desc></svg>";
        let new = "<svg xmlns='http://www.w3.org/2000/svg'><title>x: 7</title><g><rect><title>git, 2 days ago: 10</title></rect>\
            <title>bodhi, 2024-05-01: 24</title><title>bodhi, 2024-05-01: 0</title></g></svg>";
        assert_eq!(counts(old), Some(vec![0, 10, 24]));
        assert_eq!(counts(new), counts(old));
        assert_eq!(counts("<html><br>"), None);
    }
}
