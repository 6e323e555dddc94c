//! What is asked of lists of names.

use crate::request::params::boolean;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// By what topics and categories are sorted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ListSort {
    /// By name.
    Name,
    /// The one with the newest message first.
    Last,
    /// The one with the most messages of the last 24 hours first.
    Day,
    /// The one that usually has the most messages a day first.
    Usual,
    /// The one that came up last first.
    First,
}

/// All of them, and what clients call them.
pub const SORTS: [(ListSort, &str); 5] = [
    (ListSort::Name, "name"),
    (ListSort::Last, "last"),
    (ListSort::Day, "day"),
    (ListSort::Usual, "usual"),
    (ListSort::First, "first"),
];

/// Which topics or categories are asked for, and how.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NamedParams {
    /// Only topics of this category.
    pub category: Option<String>,
    /// Only names with this in them, whatever the case of its letters.
    pub containing: String,
    /// Only those that are silent.
    pub silent: bool,
    /// By what they are sorted; by category, and within it by the messages of the last 24 hours, where nothing is said.
    pub sort: Option<ListSort>,
    /// From 1 on.
    pub page: usize,
}

impl NamedParams {
    /// Checks in the order that decides which of several faults is told.
    pub fn parse(query: &Query) -> Result<Self, BadRequest> {
        let given = |name| query.first(name).map(str::trim).filter(|it| !it.is_empty());
        let sort = given("sort").map(|word| {
            let sort = SORTS.iter().find(|(_, known)| *known == word);
            let words = SORTS.map(|(_, known)| known).join(", ");
            let refused = || BadRequest::new("sort", word, format!("one of {words}"));
            sort.map(|(sort, _)| *sort).ok_or_else(refused)
        });
        let page = given("page").map(|text| {
            let page = text.parse().ok().filter(|page| *page > 0);
            page.ok_or_else(|| BadRequest::new("page", text, "an integer of at least 1"))
        });
        Ok(Self {
            category: given("category").map(str::to_owned),
            containing: given("q").unwrap_or_default().to_owned(),
            silent: boolean(query, "silent", false),
            sort: sort.transpose()?,
            page: page.transpose()?.unwrap_or(1),
        })
    }
}

/// Which of some numbers of days is asked for, by its place; the first where nothing is said.
pub fn span(query: &Query, spans: &[u16]) -> Result<usize, BadRequest> {
    let given = query.first("days").map(str::trim).unwrap_or_default();
    if given.is_empty() {
        return Ok(0);
    }
    let place = spans.iter().position(|days| days.to_string() == given);
    place.ok_or_else(|| {
        let known: Vec<String> = spans.iter().map(u16::to_string).collect();
        BadRequest::new("days", given, format!("one of {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<NamedParams, BadRequest> {
        NamedParams::parse(&Query::parse(query)?)
    }

    #[test]
    fn what_is_left_blank_asks_for_nothing() {
        let blank = parse("q=&category=&sort=&page=&silent=").expect("asked");
        assert_eq!(blank, parse("").expect("asked"));
        assert_eq!((blank.page, blank.category, blank.sort), (1, None, None));
        let asked = parse("q=+git+&category=git&sort=last&page=2&silent=true").expect("asked");
        assert_eq!((asked.containing.as_str(), asked.page), ("git", 2));
        assert_eq!((asked.sort, asked.silent), (Some(ListSort::Last), true));
    }

    #[test]
    fn refusals_name_the_parameter_and_what_is_allowed() {
        for (query, told) in [
            (
                "sort=age",
                "sort must be one of name, last, day, usual, first",
            ),
            ("page=0", "page must be an integer of at least 1"),
            ("page=x", "page must be an integer of at least 1"),
        ] {
            assert_eq!(parse(query).expect_err(query).to_string(), told);
        }
        let span = |query| span(&Query::parse(query).expect("a query"), &[1, 7, 30]);
        assert_eq!((span(""), span("days=7")), (Ok(0), Ok(1)));
        assert_eq!(
            span("days=2").expect_err("refused").to_string(),
            "days must be one of 1, 7, 30"
        );
    }
}
