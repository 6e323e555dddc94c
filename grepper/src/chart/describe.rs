//! What a chart shows, in words.

use crate::chart::data::ChartData;
use crate::pages::numbers::grouped;

/// The total, the largest count and the time of the whole.
pub fn describe(data: &ChartData) -> String {
    let total = data.total();
    let mut told = match (total, data.series.len()) {
        (0, _) => "No messages in this span".to_owned(),
        (1, 1) => "1 message".to_owned(),
        (_, 1) => format!("{} messages", grouped(total)),
        (_, series) => format!("{} counted in {series} series", grouped(total)),
    };
    if let Some((series, span)) = data.peak() {
        let count = grouped(series.value(span));
        told += &format!(", at most {count} in a span");
        if data.series.len() > 1 {
            told += &format!(" ({})", series.label);
        }
        if let Some(begins) = data.edges.get(span) {
            told += &format!(", from {}", begins.format("%Y-%m-%d %H:%M"));
        }
    }
    if let [first, .., last] = &data.edges[..] {
        let [first, last] = [first, last].map(|edge| edge.format("%Y-%m-%d %H:%M"));
        told += &format!("; {first} to {last} UTC");
    }
    told + "."
}
