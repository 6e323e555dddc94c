//! What a chart shows, as programs get it.

use chrono::{NaiveDateTime, SecondsFormat};
use pythonic::json::to_text;
use serde::Serialize;

use crate::chart::data::ChartData;

#[derive(Serialize)]
struct Numbers<'a> {
    /// Where spans begin, and where the last one ends.
    edges: Vec<String>,
    labels: Vec<&'a str>,
    series: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    label: &'a str,
    counts: Vec<u64>,
}

/// The data as JSON text.
pub fn json(data: &ChartData) -> String {
    let spans = 0..data.spans();
    let series = data.series.iter().map(|series| Row {
        label: &series.label,
        counts: spans.clone().map(|span| series.value(span)).collect(),
    });
    to_text(&Numbers {
        edges: data.edges.iter().map(told).collect(),
        labels: data.labels(),
        series: series.collect(),
    })
}

/// The names of columns and then a row for each span of each series.
pub fn rows(data: &ChartData) -> impl Iterator<Item = Vec<String>> {
    let head = ["series", "start", "end", "messages"].map(str::to_owned);
    let rows = data.series.iter().flat_map(|series| {
        let spans = data.edges.windows(2).enumerate();
        spans.map(|(span, ends)| {
            let [start, end] = [ends[0], ends[1]].map(|edge| told(&edge));
            let count = series.value(span).to_string();
            vec![series.label.clone(), start, end, count]
        })
    });
    [head.to_vec()].into_iter().chain(rows)
}

fn told(edge: &NaiveDateTime) -> String {
    edge.and_utc().to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::chart::data::Series;

    #[test]
    fn every_count_of_the_picture_is_told() {
        let start = NaiveDateTime::default();
        let edges = [0, 1, 3].map(|seconds| start + TimeDelta::seconds(seconds));
        let data = ChartData {
            edges: edges.to_vec(),
            x_labels: vec!["then".to_owned(), "now".to_owned()],
            series: vec![Series {
                label: "a & b".to_owned(),
                values: vec![5],
            }],
        };
        assert_eq!(
            json(&data),
            r#"{"edges": ["1970-01-01T00:00:00+00:00", "1970-01-01T00:00:01+00:00", "1970-01-01T00:00:03+00:00"], "labels": ["then", "now"], "series": [{"label": "a & b", "counts": [5, 0]}]}"#
        );
        let rows: Vec<_> = rows(&data).collect();
        assert_eq!(rows[0], ["series", "start", "end", "messages"]);
        let times = ["1970-01-01T00:00:01+00:00", "1970-01-01T00:00:03+00:00"];
        assert_eq!(rows[2], ["a & b", times[0], times[1], "0"]);
        assert_eq!(rows.len(), 3);
        let nothing = json(&ChartData::default());
        assert_eq!(nothing, r#"{"edges": [], "labels": [], "series": []}"#);
    }
}
