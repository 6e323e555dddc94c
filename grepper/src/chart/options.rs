//! How a chart shall look.

use crate::chart::style::Style;
use crate::chart::words::words;

words! {
    /// The kinds of chart.
    ChartKind {
        /// A line per series.
        Line = "line",
        /// Lines on top of each other.
        StackedLine = "stackedline",
        /// Points at the beginnings of the spans.
        Xy = "xy",
        /// Upright bars side by side.
        Bar = "bar",
        /// Lying bars below each other.
        HorizontalBar = "horizontalbar",
        /// Upright bars on top of each other.
        StackedBar = "stackedbar",
        /// Lying bars in a row.
        HorizontalStackedBar = "horizontalstackedbar",
        /// A centred strip per span.
        Funnel = "funnel",
        /// Lying bars, every second series to the left.
        Pyramid = "pyramid",
        /// Upright bars, every second series downwards.
        VerticalPyramid = "verticalpyramid",
        /// A disc per value.
        Dot = "dot",
        /// A needle per value.
        Gauge = "gauge",
    }
}

words! {
    /// How a line goes from point to point, if not straight.
    Interpolation {
        /// By parabolas through neighbouring points.
        Quadratic = "quadratic",
        /// By cubic pieces that never overshoot a point.
        Cubic = "cubic",
    }
}

/// How a chart shall look.
#[derive(Clone, Debug)]
pub struct ChartOptions {
    /// The heading; none if empty.
    pub title: String,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// The colours.
    pub style: Style,
    /// How lines are bent.
    pub interpolation: Option<Interpolation>,
    /// Whether the spans are named.
    pub show_x_labels: bool,
    /// Whether the axis of counts is numbered.
    pub show_y_labels: bool,
    /// Whether lines mark their points.
    pub show_dots: bool,
    /// Whether counts are shown on a logarithmic scale.
    pub logarithmic: bool,
    /// Whether the area below lines is filled.
    pub fill: bool,
}

impl Default for ChartOptions {
    fn default() -> Self {
        Self {
            title: "fedmsg events".to_owned(),
            width: 800,
            height: 800,
            style: Style::Default,
            interpolation: None,
            show_x_labels: true,
            show_y_labels: true,
            show_dots: true,
            logarithmic: false,
            fill: false,
        }
    }
}
