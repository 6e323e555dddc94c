//! `/`: how lively the archive is, and where to begin.

use std::cmp::Reverse;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use archive::{GroupBy, Message, PageRequest, Reader, Search, Span, StoreError, Survey, Surveyed};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};

use crate::middleware::mount;
use crate::pages::card::{Card, Size};
use crate::pages::histogram::histogram;
use crate::pages::home::{HomeColumn, HomeNumbers, HomePage, home_page};
use crate::pages::lists::{ListKind, NameRow, PACKAGES, TOPICS, USERS};
use crate::pages::search_links::SearchLinks;
use crate::reply::error::ApiError;
use crate::routes::large_page::leave_out_large;
use crate::routes::lists::{all_named, busiest, busy_row, row};
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::make_card::make_card;
use crate::view::message_view::Form;
use crate::view::moment::moment;
use crate::view::name_lines::NameLine;

/// Names in a column.
const NAMES: usize = 8;
/// The latest messages.
const LATEST: u32 = 8;
/// Hours of which each has a bar.
const HOURS: i64 = 48;
/// So many times the usual gap without a message is long.
const LATE: i64 = 10;
/// No shorter time is, in seconds.
const SOONEST: i64 = 60;

/// The handler. Without numbers where the database is away.
pub async fn home(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, ApiError> {
    let base_url = mount::root(&state.config, &request);
    let page = home_page(&HomePage {
        root: &state.config.base_path,
        base_url: &base_url,
        numbers: numbers(&state).await.ok(),
    });
    let mut response = HttpResponse::Ok();
    mount::forbid_keeping(&state.config, &mut response);
    Ok(response.content_type("text/html; charset=utf-8").body(page))
}

async fn numbers(state: &Data<State>) -> Result<HomeNumbers, ApiError> {
    let latest = ask(state, Cost::Ordinary, latest);
    let mut numbers = latest.await?;
    if numbers.total == 0 {
        return Ok(numbers);
    }
    let now = Utc::now().naive_utc();
    let topics = all_named(state, GroupBy::Topic).await?;
    let lines = topics.names.iter().map(|name| NameLine::new(name, now));
    let mut lines: Vec<NameLine> = lines.collect();
    lines.sort_by_key(|line| Reverse(line.of.recent));
    let active = lines.iter().filter(|line| line.of.recent > 0);
    numbers.columns.push(HomeColumn {
        kind: &TOPICS,
        rows: active
            .take(NAMES)
            .map(|line| row(&TOPICS, line, now))
            .collect(),
    });
    for (kind, by) in [(&PACKAGES, GroupBy::Package), (&USERS, GroupBy::User)] {
        numbers.columns.push(column(state, kind, by, now).await?);
    }
    lines.retain(NameLine::is_silent);
    numbers.all_silent = lines.len();
    numbers.silent = silent(lines, now);
    Ok(numbers)
}

/// The users or packages of the day.
async fn column(
    state: &Data<State>,
    kind: &'static ListKind,
    by: GroupBy,
    now: NaiveDateTime,
) -> Result<HomeColumn, ApiError> {
    let busy = busiest(state, by, 0).await?;
    let names = busy.busiest.names.iter().take(NAMES);
    Ok(HomeColumn {
        kind,
        rows: names.map(|name| busy_row(kind, name, now)).collect(),
    })
}

/// The silent ones that usually are the liveliest.
fn silent(mut lines: Vec<NameLine>, now: NaiveDateTime) -> Vec<NameRow> {
    lines.sort_by_key(|line| line.rate.and_then(|rate| rate.gap));
    let lines = lines.iter().take(NAMES);
    lines.map(|line| row(&TOPICS, line, now)).collect()
}

/// The latest messages, and how many came when.
fn latest(state: &State, reader: &Reader) -> Result<HomeNumbers, StoreError> {
    let at = Utc::now();
    let now = at.naive_utc();
    let survey = Survey {
        page: PageRequest {
            number: 1,
            size: LATEST,
        },
        beside: None,
        edges: hours(now),
        facets: Vec::new(),
        most: 0,
        newest: 0,
    };
    let all = Search::default();
    // Some clocks are years ahead, and theirs would be the latest for as long.
    let past = Search {
        time: Span::before(now),
        ..Search::default()
    };
    let Surveyed { messages, bars, .. } = reader.survey(&past, &survey)?;
    let day = TimeDelta::days(1);
    let days = reader.histogram(&all, &[now - day - day, now - day, now])?;
    let day = days.get(1).copied().unwrap_or_default();
    let newest = messages.first().map(|message| message.timestamp);
    let links = SearchLinks {
        root: &state.config.base_path,
        path: "/v2/search",
        query: &[],
    };
    Ok(HomeNumbers {
        total: reader.total()?,
        day,
        day_before: days.first().copied().unwrap_or_default(),
        newest: newest.map(|newest| moment(newest, now)),
        is_late: newest.is_some_and(|newest| is_late(now - newest, day)),
        histogram: histogram(&links, &survey.edges, &bars, "hour"),
        latest: cards(state, messages, at),
        ..HomeNumbers::default()
    })
}

/// Whether so long without a message is long where so many came in a day.
fn is_late(since: TimeDelta, day: u64) -> bool {
    let gap = TimeDelta::days(1).num_seconds() / i64::try_from(day.max(1)).unwrap_or(i64::MAX);
    since.num_seconds() > (LATE * gap).max(SOONEST)
}

/// The edges of the last hours, the present one among them.
fn hours(now: NaiveDateTime) -> Vec<NaiveDateTime> {
    let this = now.date().and_hms_opt(now.hour(), 0, 0).unwrap_or(now);
    let edge = |hours| this + TimeDelta::hours(hours);
    (1 - HOURS..=1).map(edge).collect()
}

fn cards(state: &State, messages: Vec<Message>, now: DateTime<Utc>) -> Vec<Card> {
    let rules = state.rules.get();
    let pictures = &state.config.picture_hosts;
    let card = |mut message: Message| {
        leave_out_large(&mut message);
        make_card(Form::Message, &message, Size::Large, &rules, pictures, now)
    };
    messages.into_iter().map(card).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_is_what_takes_ten_times_as_long_as_usual() {
        let seconds = TimeDelta::seconds;
        assert!(!is_late(seconds(60), 86_400) && is_late(seconds(61), 86_400));
        assert!(!is_late(seconds(6_000), 144) && is_late(seconds(6_001), 144));
        assert!(!is_late(seconds(800_000), 0) && is_late(seconds(900_000), 0));
    }

    #[test]
    fn bars_end_with_the_present_hour() {
        let edges = hours("2026-11-27T21:30:00".parse().expect("a time"));
        assert_eq!(edges.len(), 49);
        assert_eq!(edges[0].to_string(), "2026-11-25 22:00:00");
        assert_eq!(edges[48].to_string(), "2026-11-27 22:00:00");
    }
}
