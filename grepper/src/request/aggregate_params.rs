//! By what the messages that match are to be counted.

use archive::{Aggregation, GroupBy, Search};
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use pythonic::number::parse_int;

use crate::config::Limits;
use crate::filters::FILTERS;
use crate::pages::search_links::MOST_NAMES;
use crate::request::calendar::CalendarUnit;
use crate::request::params;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;

/// Names, or pairs of names, that are told where the request does not say.
const DEFAULT_LIMIT: u32 = 50;
/// Spans of time that are counted apart.
const MOST_SPANS: usize = 5000;
/// Names by spans of time: an answer of some 30 MB.
const MOST_GROUPS: usize = DEFAULT_LIMIT as usize * MOST_SPANS;
/// Where counters cannot tell, so many of the newest messages are counted.
pub const NEWEST: u32 = 10_000;

/// What is counted, and by what.
#[derive(Clone, Debug)]
pub struct AggregateParams {
    /// What is asked for by `group_by`, in that order.
    pub columns: Vec<&'static str>,
    /// Whose values make groups, in that order.
    pub by: Vec<GroupBy>,
    /// By which spans of time groups are divided.
    pub unit: Option<CalendarUnit>,
    /// Which messages.
    pub search: Search,
    /// The first and the last moment that is searched, where the request or the site bounds them.
    pub searched: [Option<NaiveDateTime>; 2],
    /// So many names, or pairs of names, at most.
    pub limit: u32,
    /// In whose calendar spans of time lie, and times are told.
    pub zone: Tz,
}

impl AggregateParams {
    /// Checks in the order that decides which of several faults is told.
    pub fn parse(query: &Query, limits: &Limits, now: DateTime<Utc>) -> Result<Self, BadRequest> {
        let columns = columns(query)?;
        let window = params::window(query, limits, now)?;
        let mut search = params::filters(query)?;
        search.time = window.span();
        params::check_contains(&search, &window, now)?;
        Ok(Self {
            by: columns.iter().filter_map(|word| group_of(word)).collect(),
            unit: columns.iter().find_map(|word| unit_of(word)),
            columns,
            search,
            searched: [window.first, window.last],
            limit: limit(query, DEFAULT_LIMIT, MOST_NAMES)?,
            zone: zone(query)?,
        })
    }

    /// Where the spans of time begin by which the messages from `first` to `last` are divided, and where the last one
    /// ends. Refuses too many.
    pub fn edges(
        &self,
        unit: CalendarUnit,
        first: NaiveDateTime,
        last: NaiveDateTime,
    ) -> Result<Vec<DateTime<Tz>>, BadRequest> {
        let edges = unit.edges(self.zone, first, last, MOST_SPANS);
        let edges = edges.ok_or_else(|| {
            let allowed =
                format!("a span of time of which at most {MOST_SPANS} lie between start and end");
            BadRequest::new("group_by", unit.word(), allowed)
        })?;
        let spans = edges.len().saturating_sub(1);
        if !self.by.is_empty() && spans * self.limit as usize > MOST_GROUPS {
            let allowed = format!(
                "at most {} where time is divided into {spans} spans",
                MOST_GROUPS / spans
            );
            return Err(BadRequest::new("limit", &self.limit.to_string(), allowed));
        }
        Ok(edges)
    }

    /// How the archive is to count between these edges.
    pub fn aggregation(&self, edges: &[DateTime<Tz>]) -> Aggregation {
        Aggregation {
            by: self.by.clone(),
            edges: edges.iter().map(DateTime::naive_utc).collect(),
            most: self.limit,
            newest: NEWEST,
            // A span of time tells its own.
            with_times: self.unit.is_none(),
        }
    }
}

/// What clients call the values that make groups.
fn word_of(by: GroupBy) -> &'static str {
    let filter = FILTERS.iter().find(|filter| filter.is_of(by.dimension()));
    filter.map_or("", |filter| filter.name)
}

/// Whose values are called so.
pub fn group_of(word: &str) -> Option<GroupBy> {
    GroupBy::ALL.into_iter().find(|by| word_of(*by) == word)
}

fn unit_of(word: &str) -> Option<CalendarUnit> {
    let mut all = CalendarUnit::ALL.into_iter();
    all.find(|unit| unit.word() == word)
}

/// What kinds of names are called.
pub fn kinds() -> [&'static str; GroupBy::ALL.len()] {
    GroupBy::ALL.map(word_of)
}

fn columns(query: &Query) -> Result<Vec<&'static str>, BadRequest> {
    let words = || {
        kinds()
            .into_iter()
            .chain(CalendarUnit::ALL.map(CalendarUnit::word))
    };
    let given = query.all("group_by");
    let refused = |allowed: String| BadRequest::new("group_by", &given.join(", "), allowed);
    let all = words().collect::<Vec<_>>().join(", ");
    let known = |word: &String| {
        let known = words().find(|known| known == word);
        known.ok_or_else(|| BadRequest::new("group_by", word, format!("one of {all}")))
    };
    let columns = given.iter().map(known).collect::<Result<Vec<_>, _>>()?;
    match columns.as_slice() {
        [] => Err(refused(format!("given, once or twice: {all}"))),
        [_] => Ok(columns),
        [one, other] if one == other => Err(refused("given as two different words".to_owned())),
        [one, other] if unit_of(one).is_some() && unit_of(other).is_some() => {
            Err(refused("only one of hour, day, week, month".to_owned()))
        }
        [_, _] => Ok(columns),
        _ => Err(refused("given at most twice".to_owned())),
    }
}

/// How many there may be at most.
pub fn limit(query: &Query, default: u32, most: u32) -> Result<u32, BadRequest> {
    let Some(text) = query.first("limit") else {
        return Ok(default);
    };
    let limit = parse_int(text).and_then(|limit| u32::try_from(limit).ok());
    limit
        .filter(|limit| (1..=most).contains(limit))
        .ok_or_else(|| BadRequest::new("limit", text, format!("an integer from 1 to {most}")))
}

fn zone(query: &Query) -> Result<Tz, BadRequest> {
    let Some(name) = query.first("zone") else {
        return Ok(Tz::UTC);
    };
    let allowed = "the name of a time zone as IANA has it, such as UTC or Europe/Berlin";
    name.parse()
        .map_err(|_| BadRequest::new("zone", name, allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        default_query_delta: Some(86_400.0),
        default_rows_per_page: 25,
        max_rows_per_page: 100,
    };

    fn parse(query: &str) -> Result<AggregateParams, BadRequest> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).expect("a time");
        AggregateParams::parse(&Query::parse(query)?, &LIMITS, now)
    }

    #[test]
    fn what_is_counted_is_said_as_in_a_search() {
        let asked = parse(
            "group_by=day&group_by=package&user=a&not_topic=t&start=1&end=2&zone=Europe%2FBerlin",
        )
        .expect("asked");
        assert_eq!(asked.columns, ["day", "package"]);
        assert_eq!(asked.by, [GroupBy::Package]);
        assert_eq!(asked.unit, Some(CalendarUnit::Day));
        assert_eq!((asked.limit, asked.zone), (50, Tz::Europe__Berlin));
        let as_search = params::SearchParams::parse(
            &Query::parse("user=a&not_topic=t&start=1&end=2").expect("a query"),
            &LIMITS,
            Utc::now(),
        );
        assert_eq!(asked.search, as_search.expect("a search").search);
        let by_default = parse("group_by=topic").expect("asked");
        let length = by_default.search.time.length().expect("a default");
        assert_eq!(length.num_seconds(), 86_400);
        let both = parse("group_by=user&group_by=category").expect("asked");
        assert_eq!(both.by, [GroupBy::User, GroupBy::Category]);
        assert!(both.aggregation(&[]).with_times);
    }

    #[test]
    fn refusals_name_the_parameter() {
        for (query, parameter, allowed) in [
            ("", "group_by", "once or twice: topic, category, user"),
            ("group_by=", "group_by", "one of topic"),
            ("group_by=subject", "group_by", "one of topic"),
            ("group_by=year&start=soon", "group_by", "one of topic"),
            ("group_by=topic&group_by=topic", "group_by", "two different"),
            ("group_by=day&group_by=hour", "group_by", "only one of hour"),
            (
                "group_by=day&group_by=user&group_by=topic",
                "group_by",
                "at most twice",
            ),
            ("group_by=topic&start=soon", "start", "seconds since"),
            (
                "group_by=topic&contains=x&delta=9",
                "contains",
                "a topic or",
            ),
            (
                "group_by=topic&contains=x&topic=a&start=1",
                "contains",
                "eight months",
            ),
            ("group_by=topic&limit=0", "limit", "from 1 to 1000"),
            ("group_by=topic&limit=1001", "limit", "from 1 to 1000"),
            ("group_by=topic&limit=few", "limit", "from 1 to 1000"),
            ("group_by=topic&zone=", "zone", "Europe/Berlin"),
            (
                "group_by=topic&zone=Mars%2FOlympus",
                "zone",
                "Europe/Berlin",
            ),
        ] {
            let refused = parse(query).expect_err(query);
            assert_eq!(refused.parameter, parameter, "{query}");
            assert!(refused.allowed.contains(allowed), "{query}: {refused}");
        }
    }

    #[test]
    fn spans_and_groups_are_bounded() {
        let edges = |query: &str, hours: i64| {
            let asked = parse(query).expect("asked");
            let first = NaiveDateTime::default();
            let last = first + chrono::TimeDelta::hours(hours) - chrono::TimeDelta::seconds(1);
            let edges = asked.edges(asked.unit.expect("a unit"), first, last);
            edges.map(|edges| edges.len() - 1)
        };
        assert_eq!(edges("group_by=hour&group_by=topic", 5000), Ok(5000));
        let refused = edges("group_by=hour", 5001).expect_err("refused");
        assert_eq!(
            (refused.parameter.as_ref(), refused.given.as_str()),
            ("group_by", "hour")
        );
        let many = "group_by=hour&group_by=topic&limit=1000";
        assert_eq!(edges(many, 250), Ok(250));
        let refused = edges(many, 500).expect_err("refused");
        assert_eq!(
            refused.to_string(),
            "limit must be at most 500 where time is divided into 500 spans"
        );
        assert_eq!(edges("group_by=hour&limit=1000", 5000), Ok(5000));
    }

    const GUIDE: &str = include_str!("../../../docs/grepper.md");

    #[test]
    fn the_guide_names_every_parameter() {
        let words = ["group_by", "limit", "zone", "format", "kind", "prefix"];
        let units = CalendarUnit::ALL.map(CalendarUnit::word);
        for word in words.into_iter().chain(units).chain(kinds()) {
            assert!(GUIDE.contains(&format!("`{word}`")), "{word}");
        }
    }
}
