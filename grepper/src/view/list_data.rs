//! Lists of names as programs get them: JSON, and rows for tables.

use archive::{BusyName, BusyNames};
use chrono::{NaiveDate, NaiveDateTime};
use pythonic::json::to_text;
use serde::Serialize;

use crate::view::moment::written;
use crate::view::name_lines::NameLine;

#[derive(Serialize)]
struct ListAnswer<'a> {
    kind: &'a str,
    names: Vec<ListMembers<'a>>,
    of: u64,
    as_of: String,
}

#[derive(Serialize)]
struct ListMembers<'a> {
    name: &'a str,
    category: Option<&'a str>,
    messages: u64,
    last_day: u64,
    usual_per_day: Option<u64>,
    /// Seconds.
    usual_gap: Option<i64>,
    silent: bool,
    first: Option<String>,
    last: Option<String>,
    by_day: &'a [u64],
}

impl<'a> ListMembers<'a> {
    fn of(line: &'a NameLine<'_>) -> Self {
        Self {
            name: &line.of.name,
            category: line.of.category.as_deref(),
            messages: line.of.messages,
            last_day: line.of.recent,
            usual_per_day: line.rate.map(|rate| rate.per_day),
            usual_gap: gap(line),
            silent: line.is_silent(),
            first: line.of.first.map(day),
            last: line.of.last.map(written),
            by_day: &line.of.bars,
        }
    }
}

/// Topics or categories as JSON text; `of` is how many there are in all.
pub fn named_json(kind: &str, lines: &[NameLine], of: u64, as_of: NaiveDateTime) -> String {
    to_text(&ListAnswer {
        kind,
        names: lines.iter().map(ListMembers::of).collect(),
        of,
        as_of: written(as_of),
    })
}
/// The names of columns and then a row for each topic or category.
pub fn named_rows<'a>(lines: &'a [NameLine<'a>]) -> impl Iterator<Item = Vec<String>> + 'a {
    let head = [
        "name",
        "category",
        "messages",
        "last_day",
        "usual_per_day",
        "usual_gap",
        "silent",
        "first",
        "last",
    ];
    let row = |line: &NameLine<'_>| {
        vec![
            line.of.name.clone(),
            line.of.category.clone().unwrap_or_default(),
            line.of.messages.to_string(),
            line.of.recent.to_string(),
            or_empty(line.rate.map(|rate| rate.per_day)),
            or_empty(gap(line)),
            line.is_silent().to_string(),
            or_empty(line.of.first.map(day)),
            or_empty(line.of.last.map(written)),
        ]
    };
    let head = head.map(str::to_owned).to_vec();
    [head].into_iter().chain(lines.iter().map(row))
}

#[derive(Serialize)]
struct BusyAnswer<'a> {
    kind: &'a str,
    days: u16,
    names: Vec<BusyMembers<'a>>,
    of: u64,
    exact: bool,
    newest: Option<u64>,
    new: Vec<NewMembers<'a>>,
    as_of: String,
}

#[derive(Serialize)]
struct BusyMembers<'a> {
    name: &'a str,
    messages: u64,
    first: Option<String>,
    last: Option<String>,
    by_day: &'a [u64],
}

#[derive(Serialize)]
struct NewMembers<'a> {
    name: &'a str,
    first: Option<String>,
}

/// The busiest users or packages of some days as JSON text, and those that came last.
pub fn busy_json(
    kind: &str,
    days: u16,
    busiest: &BusyNames,
    new: &[BusyName],
    as_of: NaiveDateTime,
) -> String {
    let members = |name: &BusyName| name.times.map(|(first, last)| [first, last].map(written));
    let busy = busiest.names.iter().map(|name| {
        let [first, last] = members(name).map_or([None, None], |times| times.map(Some));
        BusyMembers {
            name: &name.name,
            messages: name.messages,
            first,
            last,
            by_day: &name.bars,
        }
    });
    let new = new.iter().map(|name| NewMembers {
        name: &name.name,
        first: name.times.map(|(first, _)| written(first)),
    });
    to_text(&BusyAnswer {
        kind,
        days,
        names: busy.collect(),
        of: busiest.of,
        exact: busiest.only.is_none(),
        newest: busiest.only.map(|only| only.messages),
        new: new.collect(),
        as_of: written(as_of),
    })
}

/// The names of columns and then a row for each user or package.
pub fn busy_rows(busiest: &BusyNames) -> impl Iterator<Item = Vec<String>> {
    let head = ["name", "messages", "first", "last"].map(str::to_owned);
    let row = |name: &BusyName| {
        let (first, last) = name.times.unzip();
        vec![
            name.name.clone(),
            name.messages.to_string(),
            or_empty(first.map(written)),
            or_empty(last.map(written)),
        ]
    };
    [head.to_vec()]
        .into_iter()
        .chain(busiest.names.iter().map(row))
}

fn gap(line: &NameLine) -> Option<i64> {
    Some(line.rate?.gap?.num_seconds())
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn day(day: NaiveDate) -> String {
    day.to_string()
}

#[cfg(test)]
mod tests {
    use archive::CensusName;

    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a time")
    }

    #[test]
    fn topics_are_told_with_what_is_usual() {
        let now = at("2026-11-27T21:00:00");
        let mut bars = vec![48; 30];
        bars[29] = 3;
        let topic = CensusName {
            name: "org.a".to_owned(),
            category: Some("a".to_owned()),
            messages: 9_000,
            recent: 12,
            bars,
            first: Some(now.date()),
            last: Some(at("2026-11-27T03:00:00.25")),
        };
        let lines = [NameLine::new(&topic, now)];
        let json = named_json("topic", &lines, 7, now);
        for text in [
            r#"{"kind": "topic", "names": [{"name": "org.a", "category": "a", "messages": 9000, "last_day": 12,"#,
            r#""usual_per_day": 48, "usual_gap": 1800, "silent": true, "first": "2026-11-27","#,
            r#""last": "2026-11-27T03:00:00.250+00:00", "by_day": [48, 48,"#,
            r#"3]}], "of": 7, "as_of": "2026-11-27T21:00:00+00:00"}"#,
        ] {
            assert!(json.contains(text), "{text} in {json}");
        }
        let rows: Vec<_> = named_rows(&lines).collect();
        assert_eq!(rows[0].len(), rows[1].len());
        assert_eq!(rows[1][2..7], ["9000", "12", "48", "1800", "true"]);
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let name = BusyName {
            name: "zoë".to_owned(),
            messages: 3,
            bars: Vec::new(),
            times: None,
        };
        let busiest = BusyNames {
            names: vec![name.clone()],
            of: 1,
            only: None,
        };
        let json = busy_json("user", 7, &busiest, &[name], at("2026-11-27T21:00:00"));
        assert_eq!(
            json,
            r#"{"kind": "user", "days": 7, "names": [{"name": "zo\u00eb", "messages": 3, "first": null, "last": null, "by_day": []}], "of": 1, "exact": true, "newest": null, "new": [{"name": "zo\u00eb", "first": null}], "as_of": "2026-11-27T21:00:00+00:00"}"#
        );
        let rows: Vec<_> = busy_rows(&busiest).collect();
        assert_eq!(rows[1], ["zoë", "3", "", ""]);
    }
}
