//! What a chart shows.

use chrono::NaiveDateTime;

/// What the labels of nearly all topics begin with; it would only push the telling part off the chart.
const COMMON_PREFIX: &str = "org.fedoraproject.prod.";

/// Counts per span of time.
#[derive(Clone, Debug, Default)]
pub struct ChartData {
    /// Where spans begin, and where the last one ends, in UTC.
    pub edges: Vec<NaiveDateTime>,
    /// The name of each span, in order of time.
    pub x_labels: Vec<String>,
    /// The counts.
    pub series: Vec<Series>,
}

/// A named row of counts, one per span; missing ones count as zero.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// The name in the legend.
    pub label: String,
    /// The count in each span.
    pub values: Vec<u64>,
}

impl ChartData {
    /// The number of spans.
    pub fn spans(&self) -> usize {
        let longest = self
            .series
            .iter()
            .map(|series| series.values.len())
            .max()
            .unwrap_or(0);
        longest.max(self.x_labels.len())
    }

    /// The name of a span.
    pub fn x_label(&self, span: usize) -> &str {
        self.x_labels.get(span).map_or("", String::as_str)
    }

    /// The names of all spans.
    pub fn labels(&self) -> Vec<&str> {
        (0..self.spans()).map(|span| self.x_label(span)).collect()
    }

    /// All counts together.
    pub fn total(&self) -> u64 {
        let counts = self.series.iter().flat_map(|series| &series.values);
        counts.fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The first of the largest counts: its series and its span; none if nothing was counted.
    pub fn peak(&self) -> Option<(&Series, usize)> {
        let spans = 0..self.spans();
        let counts = self
            .series
            .iter()
            .flat_map(|series| spans.clone().map(move |span| (series, span)));
        let counted = counts.filter(|(series, span)| series.value(*span) > 0);
        // Of equal ones `max_by_key` finds the last.
        let spans: Vec<_> = counted.collect();
        let reversed = spans.into_iter().rev();
        reversed.max_by_key(|(series, span)| series.value(*span))
    }

    /// The largest single count.
    pub fn largest(&self) -> f64 {
        self.series
            .iter()
            .flat_map(|series| &series.values)
            .copied()
            .max()
            .unwrap_or(0) as f64
    }

    /// The largest sum over one span of every `step`th series, beginning at `first`.
    pub fn largest_sum(&self, first: usize, step: usize) -> f64 {
        let sum = |span| {
            self.series
                .iter()
                .skip(first)
                .step_by(step)
                .map(|series| series.value(span) as f64)
                .sum()
        };
        (0..self.spans()).map(sum).fold(0.0, f64::max)
    }

    /// What a pointer resting on a value is told.
    pub fn tip(&self, series: &Series, span: usize) -> String {
        format!(
            "{}, {}: {}",
            series.label,
            self.x_label(span),
            series.value(span)
        )
    }
}

impl Series {
    /// The count in a span.
    pub fn value(&self, span: usize) -> u64 {
        self.values.get(span).copied().unwrap_or(0)
    }
}

/// The label of the series that counts the messages matching all of `values`.
pub fn series_label<S: AsRef<str>>(values: &[S]) -> String {
    if values.is_empty() {
        return "events".to_owned();
    }
    let short = |value: &S| {
        let value = value.as_ref();
        value
            .strip_prefix(COMMON_PREFIX)
            .unwrap_or(value)
            .to_owned()
    };
    values.iter().map(short).collect::<Vec<_>>().join(" & ")
}
