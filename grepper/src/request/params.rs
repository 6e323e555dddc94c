//! Query strings as typed values, or as a refusal that names the parameter. Pure.

use archive::{Beside, Dimension, Order, PageRequest, Search};
use chrono::{DateTime, TimeDelta, Utc};
use pythonic::number::parse_int;
use pythonic::timestamp::to_seconds;

use crate::config::Limits;
use crate::filters::FILTERS;
use crate::pages::card::Size;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::window::Window;
use crate::view::meta::Requested;

/// Values of all filters together that a search may have.
pub const MOST_VALUES: usize = 500;
/// `contains` values that a search may have: each is looked for in every body of the span.
pub const MOST_CONTAINS: usize = 20;
/// How far back a search with `contains` may start.
const LONGEST_CONTAINS: TimeDelta = TimeDelta::weeks(32);

/// A search as it was asked for.
#[derive(Clone, Debug)]
pub struct SearchParams {
    /// The span, for the echo.
    pub window: Window,
    /// What is searched, the span included.
    pub search: Search,
    /// Which part of it.
    pub page: PageRequest,
    /// What should be said about each message.
    pub meta: Vec<Requested>,
    /// How it should look as HTML.
    pub look: Look,
}

/// How messages look as HTML.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Look {
    /// How much of each message is shown.
    pub size: Size,
    /// A whole page and not just the messages.
    pub chrome: bool,
    /// Where the page is, if not by its number.
    pub beside: Option<Beside>,
}

impl SearchParams {
    /// Checks in the order that decides which of several faults is told.
    pub fn parse(query: &Query, limits: &Limits, now: DateTime<Utc>) -> Result<Self, BadRequest> {
        let window = window(query, limits, now)?;
        let mut search = filters(query)?;
        search.time = window.span();
        check_contains(&search, &window, now)?;
        let page = page(query, limits)?;
        search.order = order(query)?;
        let size = size(query).map_err(|error| {
            error.known_as(
                "size must be in one of these: ['small', 'medium', 'large', 'extra-large']",
            )
        })?;
        let look = Look {
            size,
            chrome: boolean(query, "chrome", true),
            beside: None,
        };
        Ok(Self {
            window,
            search,
            page,
            meta: meta(query)?,
            look,
        })
    }
}

/// The span of time.
pub fn window(query: &Query, limits: &Limits, now: DateTime<Utc>) -> Result<Window, BadRequest> {
    let [start, end, delta] = ["start", "end", "delta"].map(|name| query.first(name));
    Window::new(start, end, delta, limits.default_query_delta, now)
}

/// Everything that says which messages, but the time.
pub fn filters(query: &Query) -> Result<Search, BadRequest> {
    let mut search = Search {
        contains: query.all("contains"),
        ..Search::default()
    };
    let mut count = 0;
    for filter in &FILTERS {
        let values = filter.of_mut(&mut search);
        values.any = query.all(filter.name);
        values.none = query.all(filter.not_name);
        count += values.any.len() + values.none.len();
    }
    if search.contains.len() > MOST_CONTAINS {
        let allowed = format!("given at most {MOST_CONTAINS} times");
        return Err(BadRequest::new(
            "contains",
            &format!("{} values", search.contains.len()),
            allowed,
        ));
    }
    if count > MOST_VALUES {
        let allowed = format!("at most {MOST_VALUES} values in all");
        return Err(BadRequest::new(
            "(filters)",
            &format!("{count} values"),
            allowed,
        ));
    }
    Ok(search)
}

/// Looking into bodies is slow, so it is only done over a bounded part of the archive.
pub fn check_contains(
    search: &Search,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<(), BadRequest> {
    let Some(given) = search.contains.first() else {
        return Ok(());
    };
    let refused = |allowed, sentence: &str| {
        Err(BadRequest::new("contains", given, allowed).known_as(sentence))
    };
    if window.start.unwrap_or(0.0) < to_seconds((now - LONGEST_CONTAINS).naive_utc()) {
        return refused(
            "used with a start at most eight months into the past",
            "When using contains, specify a start at most eight months into the past",
        );
    }
    if search.filters[Dimension::Categories].any.is_empty()
        && search.filters[Dimension::Topics].any.is_empty()
    {
        return refused(
            "used with a topic or a category",
            "When using contains, specify either a topic or a category as well",
        );
    }
    Ok(())
}

/// Which page, and of which size.
fn page(query: &Query, limits: &Limits) -> Result<PageRequest, BadRequest> {
    let number = page_number(query)?;
    let size = rows_per_page(query, limits)?;
    if number.checked_mul(size.into()).is_none() {
        let given = query.first("page").unwrap_or_default();
        let allowed = "at most 9223372036854775807 / rows_per_page";
        return Err(BadRequest::new("page", given, allowed));
    }
    Ok(PageRequest {
        number: number.unsigned_abs(),
        size,
    })
}

fn page_number(query: &Query) -> Result<i64, BadRequest> {
    let Some(text) = query.first("page") else {
        return Ok(1);
    };
    let refused = BadRequest::new("page", text, "an integer of at least 1");
    match parse_int(text) {
        None => Err(refused),
        Some(..1) => Err(refused.known_as("page must be > 0")),
        Some(number) => Ok(number),
    }
}

fn rows_per_page(query: &Query, limits: &Limits) -> Result<u32, BadRequest> {
    let Some(text) = query.first("rows_per_page") else {
        return Ok(limits.default_rows_per_page);
    };
    let most = limits.max_rows_per_page;
    let refused = BadRequest::new(
        "rows_per_page",
        text,
        format!("an integer from 1 to {most}"),
    );
    match parse_int(text) {
        None | Some(..1) => Err(refused),
        Some(rows) => match u32::try_from(rows) {
            Ok(rows) if rows <= most => Ok(rows),
            _ => Err(refused.known_as(format!("rows_per_page must be <= {most}"))),
        },
    }
}

fn order(query: &Query) -> Result<Order, BadRequest> {
    match query.first("order") {
        None | Some("desc") => Ok(Order::Descending),
        Some("asc") => Ok(Order::Ascending),
        Some(text) => {
            let error = BadRequest::new("order", text, "desc or asc");
            Err(error.known_as("order must be either 'desc' or 'asc'"))
        }
    }
}

/// How much of each message is shown.
pub fn size(query: &Query) -> Result<Size, BadRequest> {
    let Some(word) = query.first("size") else {
        return Ok(Size::default());
    };
    word.parse()
        .map_err(|_| BadRequest::new("size", word, "small, medium, large or extra-large"))
}

/// What should be said about each message.
pub fn meta(query: &Query) -> Result<Vec<Requested>, BadRequest> {
    let known = |name: String| {
        Requested::parse(&name).ok_or_else(|| {
            let allowed = format!("one of {}", Requested::names().join(", "));
            BadRequest::new("meta", &name, allowed)
        })
    };
    query.all("meta").into_iter().map(known).collect()
}

/// A word for true or false; `default` for any other, which has never been an error.
pub fn boolean(query: &Query, name: &str, default: bool) -> bool {
    match query
        .first(name)
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "true" | "yes" | "on" | "y" | "t" | "1" => true,
        "false" | "no" | "off" | "n" | "f" | "0" => false,
        _ => default,
    }
}

#[cfg(test)]
mod tests {
    use archive::Match;

    use super::*;

    const LIMITS: Limits = Limits {
        default_query_delta: None,
        default_rows_per_page: 25,
        max_rows_per_page: 100,
    };

    fn parse(query: &str) -> Result<SearchParams, BadRequest> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        SearchParams::parse(&Query::parse(query)?, &LIMITS, now)
    }

    #[test]
    fn lists_keep_their_order() {
        let search = parse("user=b&user=a&not_user=&category=x&user%5B%5D=z&users=q")
            .unwrap()
            .search;
        assert_eq!(
            search.filters[Dimension::Users],
            Match {
                any: vec!["b".into(), "a".into()],
                none: vec!["".into()]
            }
        );
        assert_eq!(search.filters[Dimension::Categories].any, ["x"]);
        assert_eq!(search.filters[Dimension::Packages], Match::default());
    }

    #[test]
    fn pages() {
        for (query, expected) in [
            ("", Some((1, 25))),
            ("page=2&page=9&rows_per_page=7", Some((2, 7))),
            ("page=%2B1", Some((1, 25))),
            ("page=007&rows_per_page=05", Some((7, 5))),
            ("rows_per_page=100", Some((1, 100))),
            (
                "page=9223372036854775807&rows_per_page=1",
                Some((i64::MAX as u64, 1)),
            ),
            ("page=9223372036854775807", None),
            ("page=0", None),
            ("page=-1", None),
            ("page=", None),
            ("page=1.0", None),
            ("page=abc", None),
            ("rows_per_page=0", None),
            ("rows_per_page=-1", None),
            ("rows_per_page=101", None),
            ("rows_per_page=99999999999999999999", None),
            ("rows_per_page=", None),
        ] {
            let page = parse(query)
                .ok()
                .map(|params| (params.page.number, params.page.size));
            assert_eq!(page, expected, "{query}");
        }
    }

    #[test]
    fn refusals_name_the_parameter() {
        for (query, parameter) in [
            ("start=abc&page=0", "start"),
            ("contains=x&page=0", "contains"),
            ("contains=&category=a", "contains"),
            ("contains=x&start=1799999999", "contains"),
            ("page=0&rows_per_page=0", "page"),
            ("rows_per_page=0&order=x", "rows_per_page"),
            ("order=DESC&size=x", "order"),
            ("order=", "order"),
            ("size=tiny", "size"),
            ("meta=nope", "meta"),
            ("user=a%00b", "user"),
        ] {
            assert_eq!(parse(query).unwrap_err().parameter, parameter, "{query}");
        }
        assert_eq!(
            parse(&"user=a&".repeat(501)).unwrap_err().parameter,
            "(filters)"
        );
        assert_eq!(
            parse(&"contains=a&".repeat(21)).unwrap_err().parameter,
            "contains"
        );
    }

    #[test]
    fn contains_works_when_bounded() {
        assert!(parse("contains=x&start=1799999999&category=a").is_ok());
        assert!(parse("contains=x&delta=100&topic=").is_ok());
    }

    #[test]
    fn booleans() {
        for (query, expected) in [
            ("", true),
            ("chrome=No", false),
            ("chrome=+f+", false),
            ("chrome=ON", true),
            ("chrome=maybe", true),
        ] {
            assert_eq!(parse(query).unwrap().look.chrome, expected, "{query}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_query_is_answered_or_refused(
            names in proptest::collection::vec(
                (
                    "start|end|delta|page|rows_per_page|order|size|contains|user|meta|chrome|x",
                    "[0-9+%.:TZ a-f-]{0,12}|asc|small|date|.*",
                ),
                0..6,
            ),
        ) {
            let query: Vec<String> = names.iter().map(|(name, value)| format!("{name}={value}")).collect();
            if let Ok(params) = parse(&query.join("&")) {
                assert!((1..=100).contains(&params.page.size) && params.page.number > 0);
            }
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text);
        }
    }
}
