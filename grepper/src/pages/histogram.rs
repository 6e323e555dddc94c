//! How many messages came when, as bars and as a table.

use chrono::{NaiveDateTime, TimeDelta};

use crate::pages::search_links::SearchLinks;

/// Width and height of the picture, in its own units.
const SIZE: (f64, f64) = (1000.0, 60.0);
/// Between two bars, as a part of the space of one.
const GAP: f64 = 0.15;

/// Bars of counts in time.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Each bar, the oldest first.
    pub bars: Vec<HistogramBar>,
    /// What it says, in words.
    pub label: String,
    /// A bar's length of time, in words.
    pub unit: &'static str,
    /// Where programs find the numbers.
    pub counted: NumberLinks,
}

/// Where programs find what bars show, by a unit of the calendar that is near to theirs.
#[derive(Clone, Debug, Default)]
pub struct NumberLinks {
    /// The unit.
    pub unit: &'static str,
    /// The address of the JSON.
    pub json: String,
    /// The address of the CSV.
    pub csv: String,
}

/// The messages of a span of time.
#[derive(Clone, Debug)]
pub struct HistogramBar {
    /// The start of the span in words.
    pub when: String,
    /// The start in the form of HTML's `time`.
    pub machine: String,
    /// How many messages.
    pub count: u64,
    /// The search over the span.
    pub href: String,
    /// Where the bar is in the picture: x, y, width, height.
    pub place: [String; 4],
}

/// The bars between edges, of which there are one more than counts.
pub fn histogram(
    links: &SearchLinks,
    edges: &[NaiveDateTime],
    counts: &[u64],
    unit: &'static str,
) -> Histogram {
    let most = counts.iter().copied().max().unwrap_or_default();
    let space = SIZE.0 / counts.len().max(1) as f64;
    let form = form_of(unit);
    let bar = |(n, (pair, count)): (usize, (&[NaiveDateTime], &u64))| {
        let height = match most {
            0 => 0.0,
            // What is there is seen.
            _ => (*count as f64 / most as f64 * SIZE.1).max(if *count > 0 { 1.0 } else { 0.0 }),
        };
        let number = |number: f64| format!("{number:.1}");
        HistogramBar {
            when: pair[0].format(form).to_string(),
            machine: pair[0].format("%Y-%m-%dT%H:%MZ").to_string(),
            count: *count,
            href: links.in_time(&[("start", &written(pair[0])), ("end", &ended(pair[1]))]),
            place: [
                number((n as f64 + GAP / 2.0) * space),
                number(SIZE.1 - height),
                number(space * (1.0 - GAP)),
                number(height),
            ],
        }
    };
    let bars: Vec<HistogramBar> = edges.windows(2).zip(counts).enumerate().map(bar).collect();
    let peak = bars.iter().max_by_key(|bar| bar.count);
    let total: u64 = counts.iter().sum();
    let label = match peak.filter(|bar| bar.count > 0) {
        Some(peak) => format!(
            "{total} messages by {unit}, at most {} from {}",
            peak.count, peak.when
        ),
        None => "no messages in this time".to_owned(),
    };
    Histogram {
        counted: counted(links, edges, unit),
        bars,
        label,
        unit,
    }
}

/// How the start of a bar of this length is told.
fn form_of(unit: &str) -> &'static str {
    match unit {
        "year" => "%Y",
        "month" | "quarter" => "%b %Y",
        "day" | "week" => "%a %-d %b %Y",
        _ => "%a %-d %b %H:%M",
    }
}

fn counted(links: &SearchLinks, edges: &[NaiveDateTime], unit: &str) -> NumberLinks {
    let unit = match unit {
        "month" | "quarter" | "year" => "month",
        "3 hours" | "6 hours" | "12 hours" | "day" | "week" => "day",
        _ => "hour",
    };
    let [start, end] = match edges {
        [first, .., last] => [written(*first), ended(*last)],
        _ => return NumberLinks::default(),
    };
    let time = [("start", start.as_str()), ("end", end.as_str())];
    let link = |form| links.counted(&time, unit, form);
    NumberLinks {
        unit,
        json: link("json"),
        csv: link("csv"),
    }
}

fn written(at: NaiveDateTime) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
}

/// The last moment before a time: the end is included in a search.
fn ended(at: NaiveDateTime) -> String {
    written(at - TimeDelta::microseconds(1))
}
