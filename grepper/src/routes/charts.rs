//! `/charts/<type>`: counts over time as a picture.

use std::str::FromStr;
use std::time::{Duration, Instant};

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use archive::{Reader, Search, StoreError};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use pythonic::number::parse_int;

use crate::chart;
use crate::chart::data::{ChartData, Series, series_label};
use crate::chart::options::{ChartKind, ChartOptions};
use crate::chart::style::Style;
use crate::chart::words::Unknown;
use crate::config::Limits;
use crate::filters::{FILTERS, Filter};
use crate::reply::data::{DataForm, DataText};
use crate::reply::error::ApiError;
use crate::request::params;
use crate::request::query::Query;
use crate::request::refusal::BadRequest;
use crate::request::subjects;
use crate::request::window::Window;
use crate::state::admission::Cost;
use crate::state::{State, ask};
use crate::view::chart_data;
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

/// The handler.
pub async fn chart(
    kind: Path<String>,
    request: HttpRequest,
    state: Data<State>,
) -> Result<HttpResponse, ApiError> {
    let kind: ChartKind = known("type", &kind)?;
    let query = Query::parse(request.query_string())?;
    let options = options(&query)?;
    let mut chart = Chart::parse(&query, &state.limits(), Utc::now())?;
    for (_, search) in &mut chart.series {
        subjects::understand(search, &state.rules.get())?;
    }
    let form = data_form(&query)?;
    let drawn = ask(&state, chart.cost(), move |state, reader| {
        let data = chart.count(reader, state.config.statement_timeout)?;
        Ok(match form {
            None => Drawn::Picture(chart::render(kind, &data, &options)),
            Some(form) => {
                let json = || chart_data::json(&data);
                Drawn::Data(DataText::new(form, json, chart_data::rows(&data)))
            }
        })
    });
    Ok(match drawn.await? {
        Drawn::Picture(svg) => HttpResponse::Ok()
            .content_type("image/svg+xml; charset=utf-8")
            .body(svg),
        Drawn::Data(told) => told.into_answer("chart"),
    })
}

/// What a chart comes to.
enum Drawn {
    /// SVG.
    Picture(String),
    /// What it shows.
    Data(DataText),
}

/// The form of the data, if that is asked for and not the picture, of which calls have always been ignored.
fn data_form(query: &Query) -> Result<Option<DataForm>, BadRequest> {
    match query.first("format") {
        None | Some("" | "svg") => Ok(None),
        Some(_) => DataForm::asked(query, &["svg", "json", "csv"]),
    }
}

/// What is to be counted.
#[derive(Debug)]
struct Chart {
    /// The ends of the spans: one more than spans, or none.
    edges: Vec<NaiveDateTime>,
    x_labels: Vec<String>,
    /// Labels and what they count.
    series: Vec<(String, Search)>,
}

impl Chart {
    fn cost(&self) -> Cost {
        let cost = self.series.first().map(|(_, search)| Cost::of(search));
        cost.unwrap_or(Cost::Ordinary)
    }

    /// The data; the deadline is that of the picture, not of each of its series.
    fn count(self, reader: &Reader, deadline: Duration) -> Result<ChartData, StoreError> {
        let started = Instant::now();
        let mut data = ChartData {
            edges: self.edges,
            x_labels: self.x_labels,
            series: Vec::with_capacity(self.series.len()),
        };
        for (label, search) in self.series {
            if started.elapsed() > deadline {
                return Err(StoreError::Timeout(deadline));
            }
            data.series.push(Series {
                label,
                values: reader.histogram(&search, &data.edges)?,
            });
        }
        Ok(data)
    }

    fn parse(query: &Query, limits: &Limits, now: DateTime<Utc>) -> Result<Self, BadRequest> {
        let window = params::window(query, limits, now)?;
        let search = params::filters(query)?;
        let (start, end) = span(query, &window, now)?;
        let buckets = match query.first("N") {
            None => 10,
            Some(text) => match parse_int(text) {
                Some(n @ 3..=15) => n as i32,
                _ => return Err(BadRequest::new("N", text, "an integer from 3 to 15")),
            },
        };
        params::check_contains(&search, &window, now)?;
        let human_readable = params::boolean(query, "human_readable", true);
        let edges = edges(start, end, buckets);
        let starts = &edges[..edges.len().saturating_sub(1)];
        let label = |edge: &NaiveDateTime| {
            if human_readable {
                humanise((*edge - now.naive_utc()).num_seconds())
            } else {
                edge.format("%Y-%m-%d").to_string()
            }
        };
        Ok(Self {
            x_labels: starts.iter().map(label).collect(),
            edges,
            series: series(query, search)?,
        })
    }
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

/// A word of the type or the look of a chart. What has no such look has always been not found.
fn known<T: FromStr<Err = Unknown>>(parameter: &'static str, word: &str) -> Result<T, ApiError> {
    word.parse().map_err(|unknown: Unknown| {
        ApiError::NoSuch(BadRequest::new(parameter, word, unknown.to_string()))
    })
}

/// How the chart shall look; bad numbers and booleans have always meant the default.
fn options(query: &Query) -> Result<ChartOptions, ApiError> {
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

    fn parse(query: &str) -> Result<Chart, BadRequest> {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        Chart::parse(&Query::parse(query).unwrap(), &LIMITS, now)
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
    fn data_is_asked_for_by_name() {
        let form = |query: &str| data_form(&Query::parse(query).unwrap());
        for picture in [
            "",
            "format=",
            "format=svg",
            "callback=f",
            "format=svg&callback=f",
        ] {
            assert_eq!(form(picture), Ok(None), "{picture}");
        }
        assert_eq!(form("format=csv"), Ok(Some(DataForm::Csv)));
        assert_eq!(form("format=json"), Ok(Some(DataForm::default())));
        let refused = form("format=png").unwrap_err();
        assert_eq!(refused.to_string(), "format must be svg, json or csv");
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
}
