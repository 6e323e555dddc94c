//! What matches by groups, as programs get it: JSON, and rows for tables.

use archive::{Aggregate, Group};
use chrono::{DateTime, NaiveDateTime, SecondsFormat};
use chrono_tz::Tz;
use pythonic::json::to_text;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::request::aggregate_params::AggregateParams;
use crate::request::calendar::CalendarUnit;

/// An answer, and what was asked for it.
pub struct Groups<'a> {
    /// What was asked.
    pub asked: &'a AggregateParams,
    /// What is answered.
    pub aggregate: &'a Aggregate,
    /// Where the spans of time begin by which groups are divided.
    pub starts: &'a [DateTime<Tz>],
    /// The first and the last moment that was searched, where anything bounds them.
    pub searched: [Option<NaiveDateTime>; 2],
}

#[derive(serde::Serialize)]
struct GroupsAnswer<'a> {
    group_by: &'a [&'static str],
    groups: Vec<GroupMembers<'a>>,
    names: Option<u64>,
    total: u64,
    exact: bool,
    newest: Option<NewestTold>,
    start: Option<String>,
    end: Option<String>,
    zone: &'static str,
}

/// Of how many messages the groups are where that is not all.
#[derive(serde::Serialize)]
struct NewestTold {
    messages: u64,
    since: String,
}

impl Groups<'_> {
    /// The answer as JSON text.
    pub fn json(&self) -> String {
        let groups = self.aggregate.groups.iter();
        to_text(&GroupsAnswer {
            group_by: &self.asked.columns,
            groups: groups
                .map(|group| GroupMembers { of: self, group })
                .collect(),
            names: (!self.asked.by.is_empty()).then_some(self.aggregate.names),
            total: self.aggregate.total,
            exact: self.aggregate.only.is_none(),
            newest: self.aggregate.only.map(|only| NewestTold {
                messages: only.messages,
                since: self.time(only.since),
            }),
            start: self.searched[0].map(|at| self.time(at)),
            end: self.searched[1].map(|at| self.time(at)),
            zone: self.asked.zone.name(),
        })
    }

    /// Whether the groups are of all that matches, as a header tells it.
    pub fn exactness(&self) -> String {
        match self.aggregate.only {
            None => "true".to_owned(),
            Some(only) => format!(
                "false; newest={}; since=\"{}\"",
                only.messages,
                self.time(only.since)
            ),
        }
    }

    /// The names of columns and then a row for each group.
    pub fn rows(&self) -> impl Iterator<Item = Vec<String>> {
        let times: &[&str] = match self.asked.unit {
            None => &["first", "last"],
            Some(_) => &[],
        };
        let columns = self.asked.columns.iter().chain(&["messages"]).chain(times);
        let head = columns.map(|column| (*column).to_owned()).collect();
        let row = |group| {
            let mut row = self.cells(group);
            row.push(group.messages.to_string());
            row.extend(self.times(group).into_iter().flatten());
            row
        };
        [head]
            .into_iter()
            .chain(self.aggregate.groups.iter().map(row))
    }

    /// What a group has in common, in the order of the columns.
    fn cells(&self, group: &Group) -> Vec<String> {
        let mut names = group.names.iter();
        let unit = self.asked.unit.map(CalendarUnit::word);
        let cell = |column: &&str| match Some(*column) == unit {
            true => self.start(group),
            false => names.next().cloned().unwrap_or_default(),
        };
        self.asked.columns.iter().map(cell).collect()
    }

    fn start(&self, group: &Group) -> String {
        let start = group.span.and_then(|span| self.starts.get(span));
        start.map(told).unwrap_or_default()
    }

    /// When the first and the last message of a group was sent.
    fn times(&self, group: &Group) -> Option<[String; 2]> {
        let (first, last) = group.times?;
        Some([self.time(first), self.time(last)])
    }

    fn time(&self, at: NaiveDateTime) -> String {
        told(&at.and_utc().with_timezone(&self.asked.zone))
    }
}

fn told(at: &DateTime<Tz>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// The members of a group.
struct GroupMembers<'a> {
    of: &'a Groups<'a>,
    group: &'a Group,
}

impl Serialize for GroupMembers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (column, cell) in self.of.asked.columns.iter().zip(self.of.cells(self.group)) {
            map.serialize_entry(column, &cell)?;
        }
        map.serialize_entry("messages", &self.group.messages)?;
        if let Some([first, last]) = self.of.times(self.group) {
            map.serialize_entry("first", &first)?;
            map.serialize_entry("last", &last)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use archive::Newest;
    use chrono::Utc;

    use super::*;
    use crate::config::Limits;
    use crate::request::query::Query;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a time")
    }

    fn asked(query: &str) -> AggregateParams {
        let limits = Limits {
            default_query_delta: None,
            default_rows_per_page: 25,
            max_rows_per_page: 100,
        };
        let query = Query::parse(query).expect("a query");
        AggregateParams::parse(&query, &limits, Utc::now()).expect("asked")
    }

    #[test]
    fn names_stand_under_their_columns_and_spans_by_their_start() {
        let asked = asked("group_by=day&group_by=user&zone=Europe%2FBerlin&start=2026-10-25");
        let searched = [Some(at("2026-10-25T00:00:00")), None];
        let starts = ["2026-10-24T22:00:00", "2026-10-25T23:00:00"];
        let starts = starts.map(|text| at(text).and_utc().with_timezone(&asked.zone));
        let aggregate = Aggregate {
            groups: vec![Group {
                names: vec!["zoë, \"z\"".to_owned()],
                span: Some(1),
                messages: 7,
                times: None,
            }],
            names: 1,
            total: 12,
            only: Some(Newest {
                messages: 9,
                since: at("2026-10-25T12:00:00.000250"),
            }),
        };
        let groups = Groups {
            asked: &asked,
            aggregate: &aggregate,
            starts: &starts,
            searched,
        };
        let since = "2026-10-25T13:00:00.000250+01:00";
        assert_eq!(
            groups.json(),
            format!(
                r#"{{"group_by": ["day", "user"], "groups": [{{"day": "2026-10-26T00:00:00+01:00", "user": "zo\u00eb, \"z\"", "messages": 7}}], "names": 1, "total": 12, "exact": false, "newest": {{"messages": 9, "since": "{since}"}}, "start": "2026-10-25T02:00:00+02:00", "end": null, "zone": "Europe/Berlin"}}"#
            )
        );
        let rows: Vec<_> = groups.rows().collect();
        assert_eq!(rows[0], ["day", "user", "messages"]);
        assert_eq!(rows[1], ["2026-10-26T00:00:00+01:00", "zoë, \"z\"", "7"]);
        let told = format!("false; newest=9; since=\"{since}\"");
        assert_eq!(groups.exactness(), told);
    }

    #[test]
    fn groups_that_are_not_of_a_time_tell_their_first_and_last_message() {
        let asked = asked("group_by=topic&group_by=agent");
        let (first, last) = (at("2026-01-01T00:00:00"), at("2026-01-02T03:04:05.5"));
        let aggregate = Aggregate {
            groups: vec![Group {
                names: vec!["t".to_owned(), "a".to_owned()],
                span: None,
                messages: 2,
                times: Some((first, last)),
            }],
            names: 1,
            total: 2,
            only: None,
        };
        let groups = Groups {
            asked: &asked,
            aggregate: &aggregate,
            starts: &[],
            searched: [None, None],
        };
        let rows: Vec<_> = groups.rows().collect();
        assert_eq!(rows[0], ["topic", "agent", "messages", "first", "last"]);
        let times = ["2026-01-01T00:00:00+00:00", "2026-01-02T03:04:05.500+00:00"];
        assert_eq!(rows[1], ["t", "a", "2", times[0], times[1]]);
        assert_eq!(groups.exactness(), "true");
        assert!(groups.json().contains(r#""newest": null, "start": null"#));
    }
}
