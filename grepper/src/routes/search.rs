//! `/raw` and `/v2/search`: one page of the messages that match.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{Order, Page};
use chrono::{DateTime, Utc};
use metadata::Rules;
use pythonic::json::to_long_text;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::filters::FILTERS;
use crate::pages::search_page::{SearchPage, search_fragment, search_page};
use crate::reply::error::ApiError;
use crate::reply::negotiated;
use crate::reply::negotiation::Format;
use crate::request::params::SearchParams;
use crate::request::query::Query;
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::make_card::make_card;
use crate::view::message_view::{Form, View};
use crate::view::meta;

/// The handler.
pub async fn search(
    form: Form,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = Query::parse(request.query_string())?;
    let now = Utc::now();
    let params = SearchParams::parse(&query, &state.limits(), now)?;
    let format = negotiated::format(&request, &query)?;
    let as_html = format == Format::Html;
    // The page is also written where blocking is no harm: it may be large.
    let (text, rows) = ask(&state, Cost::of(&params.search), move |state, reader| {
        let page = reader.search(&params.search, params.page)?;
        let rules = state.rules.get();
        let text = if as_html {
            html(
                form,
                &page,
                &params,
                &query,
                &state.config.base_path,
                &rules,
                now,
            )
        } else {
            json(form, &page, &params, &rules, now)
        };
        Ok((text, page.messages.len() as u64))
    })
    .await?;
    Ok(negotiated::negotiated(&format, text, rows))
}

fn pages(page: &Page, params: &SearchParams) -> u64 {
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
    to_long_text(&Answer::new(form, page, params, rules, now), length)
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

impl<'a> Answer<'a> {
    fn new(
        form: Form,
        page: &'a Page,
        params: &'a SearchParams,
        rules: &Rules,
        now: DateTime<Utc>,
    ) -> Self {
        let view = |message| {
            View::new(
                form,
                message,
                meta::answer(&params.meta, message, rules, now),
            )
        };
        Self {
            raw_messages: page.messages.iter().map(view).collect(),
            total: page.total,
            pages: pages(page, params),
            count: page.messages.len(),
            arguments: Arguments(params),
        }
    }
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
        for filter in &FILTERS {
            map.serialize_entry(filter.plural(), &filter.of(search).any)?;
        }
        map.serialize_entry("contains", &search.contains)?;
        for filter in &FILTERS {
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

/// The answer as HTML; `root` is the base path.
pub fn html(
    form: Form,
    page: &Page,
    params: &SearchParams,
    query: &Query,
    root: &str,
    rules: &Rules,
    now: DateTime<Utc>,
) -> String {
    let size = params.look.size;
    let cards: Vec<_> = page
        .messages
        .iter()
        .map(|message| make_card(form, message, size, rules, now))
        .collect();
    if !params.look.chrome {
        return search_fragment(root, &cards, size);
    }
    search_page(
        root,
        &SearchPage {
            path: match form {
                Form::Legacy => "/raw",
                Form::Message => "/v2/search",
            },
            query: query.pairs(),
            cards: &cards,
            size,
            total: page.total,
            page: params.page.number,
            pages: pages(page, params),
            ascending: params.search.order == Order::Ascending,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Limits;

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
