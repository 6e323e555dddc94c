//! What the forms ask for that make embed code: trimmed, without blanks, and without what is usual there.

use crate::filters::FILTERS;
use crate::request::query::Query;

/// Names and values.
pub type Pairs = Vec<(String, String)>;

/// The kind of a chart where none is asked for.
pub const KIND: &str = "stackedbar";
/// Seconds that a chart shows where no time is asked for.
pub const DELTA: &str = "2592000";
/// What a chart is divided into where nothing is said.
pub const UNIT: &str = "day";
/// How many messages a widget shows.
pub const ROWS: &str = "10";
/// What a chart has where nothing is said. It is not what a bare address of a chart has: that stays as it was.
const USUAL: [(&str, &str); 4] = [
    ("kind", KIND),
    ("width", "800"),
    ("height", "400"),
    ("style", "auto"),
];
/// What a widget has.
const USUAL_OF_WIDGET: [(&str, &str); 4] = [
    ("order", "desc"),
    ("rows_per_page", ROWS),
    ("page", "1"),
    ("css", "true"),
];
/// What a bare address of a chart has, and so need not be said in one.
const BARE: [(&str, &str); 4] = [
    ("width", "800"),
    ("height", "800"),
    ("style", "default"),
    ("N", "10"),
];
const TIMES: [&str; 3] = ["start", "end", "delta"];
/// Parameters of a picture that go into it as they are.
const LOOK: [&str; 12] = [
    "split_on",
    "width",
    "height",
    "style",
    "interpolation",
    "human_readable",
    "show_x_labels",
    "show_y_labels",
    "show_dots",
    "logarithmic",
    "fill",
    "N",
];
/// The attributes of a widget beside those of the search.
const OF_WIDGET: [&str; 3] = ["order", "rows_per_page", "page"];

/// The first value of this name.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(given, _)| given == name);
    values.next().map(|(_, value)| value.as_str())
}

fn has(pairs: &[(String, String)], name: &str) -> bool {
    value(pairs, name).is_some()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn trimmed(query: &Query, usual: &[(&str, &str)]) -> Pairs {
    let mut pairs = Pairs::new();
    for (name, value) in query.pairs() {
        let pair = (name.clone(), value.trim().to_owned());
        let is_usual = usual.contains(&(name.as_str(), pair.1.as_str()));
        if !pair.1.is_empty() && !is_usual && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs
}

/// What the form of charts asks for.
pub fn chart(query: &Query) -> Pairs {
    let mut pairs = trimmed(query, &USUAL);
    let [starts, ends] = ["start", "end"].map(|name| has(&pairs, name));
    pairs.retain(|(name, value)| match name.as_str() {
        // Without a start and an end it is usual, and with both it has no effect.
        "delta" => !(starts && ends || !starts && !ends && value == DELTA),
        _ => true,
    });
    // What the form divides by is one choice, be it a unit or how many parts.
    let Some(divided) = value(&pairs, "align").map(str::to_owned) else {
        return pairs;
    };
    let is_number = divided.bytes().all(|byte| byte.is_ascii_digit());
    pairs.retain(|(name, _)| name != "N" && name != "align");
    if is_number {
        pairs.push(("N".to_owned(), divided));
    } else if divided != UNIT {
        pairs.push(("align".to_owned(), divided));
    }
    pairs
}

/// What the form of widgets asks for.
pub fn widget(query: &Query) -> Pairs {
    trimmed(query, &USUAL_OF_WIDGET)
}

/// What a chart is divided into: a unit, or so many parts.
pub fn divided(pairs: &[(String, String)]) -> &str {
    let asked = value(pairs, "N").or_else(|| value(pairs, "align"));
    asked.unwrap_or(UNIT)
}

/// The search of the same messages.
pub fn search(pairs: &[(String, String)]) -> Pairs {
    let is_of_search = |name: &str| {
        let mut filters = FILTERS.iter();
        name == "contains"
            || TIMES.contains(&name)
            || filters.any(|filter| [filter.name, filter.not_name].contains(&name))
    };
    let of_search = pairs.iter().filter(|(name, _)| is_of_search(name));
    of_search.cloned().collect()
}

/// The parameters of the picture of a chart.
pub fn picture(pairs: &[(String, String)]) -> Pairs {
    let mut asked = vec![pair("title", &title(pairs))];
    asked.extend(search_of_chart(pairs));
    if !has(pairs, "N") {
        asked.push(pair("align", divided(pairs)));
    }
    let look = pairs
        .iter()
        .filter(|(name, _)| LOOK.contains(&name.as_str()));
    asked.extend(look.cloned());
    for (name, usual) in USUAL.iter().skip(1) {
        if !has(pairs, name) {
            asked.push(pair(name, usual));
        }
    }
    asked.retain(|(name, value)| !BARE.contains(&(name.as_str(), value.as_str())));
    asked
}

/// The search of what a chart counts, with its time.
pub fn search_of_chart(pairs: &[(String, String)]) -> Pairs {
    let mut asked = search(pairs);
    if !TIMES.iter().any(|name| has(&asked, name)) {
        asked.push(pair("delta", DELTA));
    }
    asked
}

/// The heading of a chart: that of the form, or what is counted.
pub fn title(pairs: &[(String, String)]) -> String {
    if let Some(title) = value(pairs, "title") {
        return title.to_owned();
    }
    let filters = search(pairs);
    let filters = filters
        .iter()
        .filter(|(name, _)| !TIMES.contains(&name.as_str()));
    let words: Vec<&str> = filters.map(|(_, value)| value.as_str()).collect();
    match (
        words.len(),
        pairs.iter().any(|(name, _)| name.starts_with("not_")),
    ) {
        (0, _) => "All messages".to_owned(),
        (1..=4, false) => words.join(", "),
        _ => "Messages".to_owned(),
    }
}

/// The attributes of a widget, without `data-`.
pub fn attributes(pairs: &[(String, String)]) -> Pairs {
    let mut told = search(pairs);
    let others = pairs
        .iter()
        .filter(|(name, _)| OF_WIDGET.contains(&name.as_str()));
    told.extend(others.cloned());
    if !has(pairs, "rows_per_page") {
        told.push(pair("rows_per_page", ROWS));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::links;

    fn chart_of(query: &str) -> Pairs {
        chart(&Query::parse(query).expect("a query"))
    }

    #[test]
    fn addresses_of_charts_are_clean() {
        for (asked, expected) in [
            ("", ""),
            (
                "kind=stackedbar&user=+adamk+&user=&package=&delta=2592000&start=&align=day&N=&width=800&height=400&style=auto&title=",
                "user=adamk",
            ),
            ("align=day&N=7", ""),
            ("align=week&N=7&kind=dot", "kind=dot&align=week"),
            ("align=7&align=day", "N=7"),
            ("N=10", "N=10"),
            ("start=1&end=2&delta=5", "start=1&end=2"),
            ("start=1&delta=2592000", "start=1&delta=2592000"),
            ("style=default&height=800", "style=default&height=800"),
            ("user=a&user=a&user=b", "user=a&user=b"),
        ] {
            let pairs = chart_of(asked);
            let written = links::search("", &pairs);
            assert_eq!(written.trim_start_matches('?'), expected, "{asked}");
            let again = chart_of(expected);
            assert_eq!(again, pairs, "{asked}");
        }
    }

    #[test]
    fn pictures_are_asked_for_as_the_form_says() {
        for (asked, expected) in [
            (
                "",
                "title=All%20messages&delta=2592000&align=day&height=400&style=auto",
            ),
            (
                "user=a&not_user=b&N=7&style=default&height=800",
                "title=Messages&user=a&not_user=b&delta=2592000&N=7",
            ),
            (
                "title=x&category=git&start=1&split_on=categories&N=10&unknown=1",
                "title=x&category=git&start=1&split_on=categories&height=400&style=auto",
            ),
        ] {
            let written = links::search("", &picture(&chart_of(asked)));
            assert_eq!(written, format!("?{expected}"));
        }
    }

    #[test]
    fn widgets_have_the_attributes_of_their_search() {
        let query = "user=a&not_topic=b&order=asc&css=false&icons=true&rows_per_page=10";
        let pairs = widget(&Query::parse(query).expect("a query"));
        let written = links::search("", &attributes(&pairs));
        assert_eq!(written, "?user=a&not_topic=b&order=asc&rows_per_page=10");
    }
}
