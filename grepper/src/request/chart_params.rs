//! What a chart is of, and how it shall look.

use std::str::FromStr;

use archive::Search;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use pythonic::number::parse_int;

use crate::chart::data::series_label;
use crate::chart::options::{ChartKind, ChartOptions};
use crate::chart::style::Style;
use crate::chart::words::Unknown;
use crate::config::Limits;
use crate::filters::{FILTERS, Filter};
use crate::request::calendar::CalendarUnit;
use crate::request::params;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::window::Window;
use crate::view::humanise::humanise;

/// Pixels of a side: less shows nothing, more helps nobody.
const SIDE: std::ops::RangeInclusive<i64> = 50..=4000;
/// Each series is a count of its own.
const MOST_SERIES: usize = 30;
/// Each series with `contains` reads all bodies of the span once more.
const MOST_SERIES_OF_BODIES: usize = 10;
/// The word of `split_on` for texts in bodies, which are no filter of their own.
const CONTAINS: &str = "contains";
/// How far a chart goes back that does not say.
const DEFAULT_SPAN: TimeDelta = TimeDelta::days(365);
/// What spans can be aligned to.
pub const ALIGNED: [CalendarUnit; 3] = [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Month];
/// Aligned spans: days of more than a year.
const MOST_SPANS: usize = 400;
/// Counts in a picture: each is a shape and a sentence.
const MOST_COUNTS: usize = 6000;

/// What is to be counted.
#[derive(Debug)]
pub struct ChartParams {
    /// The ends of the spans: one more than spans, or none.
    pub edges: Vec<NaiveDateTime>,
    /// What each span is called.
    pub x_labels: Vec<String>,
    /// Labels and what they count.
    pub series: Vec<(String, Search)>,
}

impl ChartParams {
    /// Checks in the order that decides which of several faults is told.
    pub fn parse(query: &Query, limits: &Limits, now: DateTime<Utc>) -> Result<Self, BadRequest> {
        let window = params::window(query, limits, now)?;
        let search = params::filters(query)?;
        let (start, end) = span(query, &window, now)?;
        let parts = parts(query)?;
        let align = align(query)?;
        params::check_contains(&search, &window, now)?;
        let series = series(query, search)?;
        let edges = match align {
            None => edges(start, end, parts),
            Some(unit) => aligned(unit, start, end, series.len())?,
        };
        let human_readable = params::boolean(query, "human_readable", true);
        let starts = &edges[..edges.len().saturating_sub(1)];
        let label = |edge: &NaiveDateTime| match (human_readable, align) {
            (false, _) => edge.format("%Y-%m-%d").to_string(),
            (true, None) => humanise((*edge - now.naive_utc()).num_seconds()),
            (true, Some(CalendarUnit::Month)) => edge.format("%b %Y").to_string(),
            (true, Some(_)) => edge.format("%-d %b").to_string(),
        };
        Ok(Self {
            x_labels: starts.iter().map(label).collect(),
            edges,
            series,
        })
    }
}

/// Into how many equal parts the time is divided, where nothing aligns them.
fn parts(query: &Query) -> Result<i32, BadRequest> {
    let Some(text) = query.first("N") else {
        return Ok(10);
    };
    match parse_int(text) {
        Some(n @ 3..=15) => Ok(n as i32),
        _ => Err(BadRequest::new("N", text, "an integer from 3 to 15")),
    }
}

/// What spans are aligned to, if to anything.
fn align(query: &Query) -> Result<Option<CalendarUnit>, BadRequest> {
    let Some(word) = query.first("align").filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    let unit = ALIGNED.into_iter().find(|unit| unit.word() == word);
    let words = ALIGNED.map(CalendarUnit::word).join(", ");
    let refused = || BadRequest::new("align", word, format!("one of {words}"));
    unit.map(Some).ok_or_else(refused)
}

/// Ends of whole days, weeks or months in UTC, those that hold the start and the end included; none if the start lies
/// after the end.
fn aligned(
    unit: CalendarUnit,
    start: NaiveDateTime,
    end: NaiveDateTime,
    series: usize,
) -> Result<Vec<NaiveDateTime>, BadRequest> {
    let most = MOST_SPANS.min(MOST_COUNTS / series.max(1));
    let last = end.checked_sub_signed(TimeDelta::microseconds(1));
    let edges = unit.edges(Tz::UTC, start, last.unwrap_or(end), most);
    let edges = edges.ok_or_else(|| {
        let allowed =
            format!("a span of which at most {most} lie between start and end, for so many series");
        BadRequest::new("align", unit.word(), allowed)
    })?;
    Ok(edges.into_iter().map(|edge| edge.naive_utc()).collect())
}

fn span(
    query: &Query,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<(NaiveDateTime, NaiveDateTime), BadRequest> {
    let end = window.last.unwrap_or_else(|| now.naive_utc());
    let start = match window.start {
        // 0 has always meant: not given.
        None | Some(0.0) => end.checked_sub_signed(DEFAULT_SPAN),
        Some(_) => window.first,
    };
    match start {
        Some(start) if start != end => Ok((start, end)),
        _ => Err(BadRequest::new(
            "start",
            query.first("start").unwrap_or_default(),
            "another time than end",
        )),
    }
}

/// Ends of equal spans; none if the start lies after the end.
fn edges(start: NaiveDateTime, end: NaiveDateTime, buckets: i32) -> Vec<NaiveDateTime> {
    if start > end {
        return Vec::new();
    }
    let length = end - start;
    // Each edge from the start, so that no rounding adds up.
    (0..=buckets)
        .map(|n| {
            if n == buckets {
                end
            } else {
                start + TimeDelta::microseconds(part(length, n, buckets))
            }
        })
        .collect()
}

fn part(length: TimeDelta, n: i32, of: i32) -> i64 {
    let micros = i128::from(length.num_seconds()) * 1_000_000 + i128::from(length.subsec_micros());
    i64::try_from(micros * i128::from(n) / i128::from(of)).unwrap_or(i64::MAX)
}

/// A series for each combination of the values that `split_on` names.
fn series(query: &Query, search: Search) -> Result<Vec<(String, Search)>, BadRequest> {
    let most = if search.contains.is_empty() {
        MOST_SERIES
    } else {
        MOST_SERIES_OF_BODIES
    };
    let mut series = vec![(Vec::<String>::new(), search)];
    let mut split: Vec<String> = query.all("split_on");
    split.dedup();
    for word in split {
        let mut next = Vec::new();
        for (values, search) in series {
            let mut probe = search.clone();
            let Some(list) = list_of(&mut probe, &word) else {
                let lists = FILTERS.iter().map(Filter::plural);
                let words: Vec<&str> = lists.chain([CONTAINS]).collect();
                let allowed = format!("one of {}", words.join(", "));
                return Err(BadRequest::new("split_on", &word, allowed));
            };
            let own = std::mem::take(list);
            if own.is_empty() {
                next.push((values, search));
                continue;
            }
            for value in own {
                let mut one = search.clone();
                if let Some(list) = list_of(&mut one, &word) {
                    *list = vec![value.clone()];
                }
                next.push((values.iter().cloned().chain([value]).collect(), one));
            }
        }
        if next.len() > most {
            return Err(BadRequest::new(
                "split_on",
                &word,
                format!("used for at most {most} combinations"),
            ));
        }
        series = next;
    }
    Ok(series
        .into_iter()
        .map(|(values, search)| (series_label(&values), search))
        .collect())
}

/// The values by which `split_on` splits when it says `word`.
fn list_of<'a>(search: &'a mut Search, word: &str) -> Option<&'a mut Vec<String>> {
    if word == CONTAINS {
        return Some(&mut search.contains);
    }
    let filter = FILTERS.iter().find(|filter| filter.plural() == word)?;
    Some(&mut filter.of_mut(search).any)
}

/// The kind of chart that a word names.
pub fn kind(word: &str) -> Result<ChartKind, BadRequest> {
    known("type", word)
}

/// A word of the type or the look of a chart.
fn known<T: FromStr<Err = Unknown>>(parameter: &'static str, word: &str) -> Result<T, BadRequest> {
    word.parse()
        .map_err(|unknown: Unknown| BadRequest::new(parameter, word, unknown.to_string()))
}

/// How the chart shall look; bad numbers and booleans have always meant the default, and only words are refused.
pub fn options(query: &Query) -> Result<ChartOptions, BadRequest> {
    let default = ChartOptions::default();
    let side = |name: &str, default: u32| {
        let asked = query.first(name).and_then(parse_int);
        asked.map_or(default, |pixels| {
            pixels.clamp(*SIDE.start(), *SIDE.end()) as u32
        })
    };
    let yes = |name: &str, default: bool| params::boolean(query, name, default);
    let style: Style = match query.first("style") {
        None => default.style,
        Some(word) => known("style", word)?,
    };
    let interpolation = match query.first("interpolation") {
        None => None,
        Some(word) => Some(known("interpolation", word)?),
    };
    Ok(ChartOptions {
        title: query
            .first("title")
            .map_or(default.title, |title| title.chars().take(200).collect()),
        width: side("width", default.width),
        height: side("height", default.height),
        style,
        interpolation,
        show_x_labels: yes("show_x_labels", default.show_x_labels),
        show_y_labels: yes("show_y_labels", default.show_y_labels),
        show_dots: yes("show_dots", default.show_dots),
        logarithmic: yes("logarithmic", default.logarithmic),
        fill: yes("fill", default.fill),
    })
}

#[cfg(test)]
mod tests {
    use archive::Dimension;

    use super::*;

    const LIMITS: Limits = Limits {
        default_query_delta: None,
        default_rows_per_page: 25,
        max_rows_per_page: 100,
    };

    fn parse(query: &str) -> Result<ChartParams, BadRequest> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        ChartParams::parse(&Query::parse(query).unwrap(), &LIMITS, now)
    }

    #[test]
    fn spans_are_exactly_as_many_as_asked() {
        for n in 3..=15 {
            let chart = parse(&format!(
                "start=2024-05-01&end=2024-05-04&N={n}&human_readable=false"
            ))
            .unwrap();
            assert_eq!((chart.edges.len(), chart.x_labels.len()), (n + 1, n));
            assert!(chart.edges.is_sorted());
            assert_eq!(chart.x_labels[0], "2024-05-01");
        }
        assert_eq!(parse("").unwrap().edges.len(), 11);
        assert_eq!(parse("start=2&end=1").unwrap().edges.len(), 0);
    }

    #[test]
    fn refusals_name_the_parameter() {
        for (query, parameter) in [
            ("start=5&end=5", "start"),
            ("N=2", "N"),
            ("N=16", "N"),
            ("N=x", "N"),
            ("split_on=user", "split_on"),
            ("end=never", "end"),
        ] {
            assert_eq!(parse(query).unwrap_err().parameter, parameter, "{query}");
        }
        let many: String = (0..31).map(|n| format!("user={n}&")).collect();
        assert_eq!(
            parse(&(many + "split_on=users")).unwrap_err().parameter,
            "split_on"
        );
    }

    #[test]
    fn bodies_are_read_by_the_rules_of_a_search() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        for query in [
            "contains=x",
            "contains=x&category=a",
            "contains=x&category=a&start=1",
            "contains=x&delta=100",
            "contains=x&start=1&split_on=contains",
        ] {
            let of_search =
                params::SearchParams::parse(&Query::parse(query).unwrap(), &LIMITS, now);
            let of_search = of_search.unwrap_err();
            assert_eq!(parse(query).unwrap_err(), of_search, "{query}");
            assert!(of_search.known_sentence.is_some(), "{query}");
        }
        assert!(parse("contains=x&delta=100&topic=a").is_ok());
        let words: String = (0..11).map(|n| format!("contains={n}&")).collect();
        let bounded = words + "delta=100&topic=a";
        assert_eq!(parse(&bounded).unwrap().series.len(), 1);
        let refused = parse(&format!("{bounded}&split_on=contains")).unwrap_err();
        assert_eq!(refused.parameter, "split_on");
    }

    #[test]
    fn a_series_for_each_combination() {
        let labels = |query: &str| -> Vec<String> {
            parse(query)
                .unwrap()
                .series
                .into_iter()
                .map(|(label, _)| label)
                .collect()
        };
        assert_eq!(labels("user=a&user=b"), ["events"]);
        assert_eq!(labels("user=a&split_on=packages"), ["events"]);
        assert_eq!(labels("user=a&user=b&split_on=users"), ["a", "b"]);
        assert_eq!(
            labels("user=a&user=b&topic=org.fedoraproject.prod.t&split_on=topics&split_on=users"),
            ["t & a", "t & b"]
        );
        let chart = parse("user=a&user=b&category=c&split_on=users").unwrap();
        assert_eq!(chart.series[1].1.filters[Dimension::Users].any, ["b"]);
        assert_eq!(chart.series[1].1.filters[Dimension::Categories].any, ["c"]);
    }

    #[test]
    fn spans_are_aligned_to_the_calendar() {
        for (query, starts) in [
            (
                "align=day&start=2024-05-01T10:00:00&end=2024-05-03",
                &["1 May", "2 May"][..],
            ),
            (
                "align=day&start=2024-05-01T10:00:00&end=2024-05-03T00:00:01&human_readable=false",
                &["2024-05-01", "2024-05-02", "2024-05-03"],
            ),
            (
                "align=week&start=2024-05-01&end=2024-05-06T00:00:01",
                &["29 Apr", "6 May"],
            ),
            (
                "align=month&start=2023-12-31&end=2024-02-01",
                &["Dec 2023", "Jan 2024"],
            ),
            ("align=day&start=2&end=1", &[]),
        ] {
            let chart = parse(query).unwrap();
            assert_eq!(chart.x_labels, starts, "{query}");
            let edges = if starts.is_empty() {
                0
            } else {
                starts.len() + 1
            };
            assert_eq!(chart.edges.len(), edges, "{query}");
        }
        assert_eq!(parse("align=").unwrap().edges.len(), 11);
        // A year of days is what is drawn where no time is given.
        assert_eq!(parse("align=day").unwrap().edges.len(), 367);
        for refused in ["align=hour", "align=day&delta=34560001", "align=Day"] {
            assert_eq!(parse(refused).unwrap_err().parameter, "align", "{refused}");
        }
        let many: String = (0..30).map(|n| format!("user={n}&")).collect();
        let refused = parse(&(many.clone() + "split_on=users&align=day")).unwrap_err();
        assert_eq!(refused.parameter, "align");
        assert!(parse(&(many + "split_on=users&align=week")).is_ok());
    }
}
