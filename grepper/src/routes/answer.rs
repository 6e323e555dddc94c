//! A page of messages as JSON text, or as HTML.

use archive::{Order, Page};
use chrono::{DateTime, Utc};
use metadata::Rules;
use pythonic::json::{to_long_text, to_text};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::filters::FILTERS;
use crate::pages::card::{Card, Size};
use crate::pages::search_page::search_fragment;
use crate::request::params::SearchParams;
use crate::view::message_view::{Form, View};
use crate::view::meta;

/// How many pages there are.
pub fn pages(page: &Page, params: &SearchParams) -> u64 {
    page.total.div_ceil(params.page.size.into())
}

/// The answer as JSON text.
pub fn json(
    form: Form,
    page: &Page,
    params: &SearchParams,
    rules: &Rules,
    now: DateTime<Utc>,
) -> String {
    // A little more than a body is its headers and the names around them.
    let length = page
        .messages
        .iter()
        .map(|message| message.msg.len() + 2_000)
        .sum();
    let view = |message| {
        View::new(
            form,
            message,
            meta::answer(&params.meta, message, rules, now),
        )
    };
    let answer = Answer {
        raw_messages: page.messages.iter().map(view).collect(),
        total: page.total,
        pages: pages(page, params),
        count: page.messages.len(),
        arguments: Arguments(params),
    };
    to_long_text(&answer, length)
}

/// The messages alone as HTML; `root` is the base path.
pub fn fragment(root: &str, cards: &[Card], size: Size) -> String {
    search_fragment(root, cards, size)
}

/// The answer as JSON.
#[derive(serde::Serialize)]
struct Answer<'a> {
    raw_messages: Vec<View<'a>>,
    total: u64,
    pages: u64,
    count: usize,
    arguments: Arguments<'a>,
}

/// What comes before the messages of an answer.
pub const OPENING: &str = r#"{"raw_messages": ["#;

/// What comes after `count` messages of an answer.
pub fn ending(total: u64, count: usize, params: &SearchParams) -> String {
    let page = Page {
        messages: Vec::new(),
        total,
    };
    let text = to_text(&Answer {
        raw_messages: Vec::new(),
        total,
        pages: pages(&page, params),
        count,
        arguments: Arguments(params),
    });
    text[OPENING.len()..].to_owned()
}

/// What was asked, for clients that page by it.
struct Arguments<'a>(&'a SearchParams);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SearchParams {
            window,
            search,
            page,
            meta,
            look: _,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("start", &window.start)?;
        map.serialize_entry("delta", &window.delta)?;
        map.serialize_entry("end", &window.end)?;
        let echoed = || FILTERS.iter().filter(|filter| filter.is_echoed(search));
        for filter in echoed() {
            map.serialize_entry(filter.plural(), &filter.of(search).any)?;
        }
        map.serialize_entry("contains", &search.contains)?;
        for filter in echoed() {
            map.serialize_entry(&filter.not_plural(), &filter.of(search).none)?;
        }
        map.serialize_entry("page", &page.number)?;
        map.serialize_entry("rows_per_page", &page.size)?;
        let order = match search.order {
            Order::Ascending => "asc",
            Order::Descending => "desc",
        };
        map.serialize_entry("order", order)?;
        let names: Vec<&str> = meta
            .iter()
            .map(|requested| requested.name.as_str())
            .collect();
        map.serialize_entry("meta", &names)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;
    use crate::request::query::Query;

    const LIMITS: Limits = Limits {
        default_query_delta: None,
        default_rows_per_page: 25,
        max_rows_per_page: 100,
    };

    #[test]
    fn what_was_asked_is_echoed_in_the_order_that_clients_know() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        let query = Query::parse(
            "user=u&package=p&category=c&topic=t&agent=a&contains=x&not_user=nu&not_package=np\
             &not_category=nc&not_topic=nt&not_agent=na&start=1799999999&end=1800000000.5\
             &page=2&rows_per_page=7&order=asc&meta=date",
        )
        .expect("a query");
        let params = SearchParams::parse(&query, &LIMITS, now).expect("parameters");
        let page = Page {
            messages: Vec::new(),
            total: 8,
        };
        let text = json(Form::Legacy, &page, &params, &Rules::embedded(), now);
        assert_eq!(
            text,
            r#"{"raw_messages": [], "total": 8, "pages": 2, "count": 0, "arguments": {"start": 1799999999.0, "delta": 1.5, "end": 1800000000.5, "users": ["u"], "packages": ["p"], "categories": ["c"], "topics": ["t"], "agents": ["a"], "contains": ["x"], "not_users": ["nu"], "not_packages": ["np"], "not_categories": ["nc"], "not_topics": ["nt"], "not_agents": ["na"], "page": 2, "rows_per_page": 7, "order": "asc", "meta": ["date"]}}"#
        );
    }
}
