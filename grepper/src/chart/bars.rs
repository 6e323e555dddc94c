//! Bar charts and pyramids, upright and lying.

use crate::chart::axes::{Axes, Shape};
use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::layout::Legend;
use crate::chart::options::ChartOptions;
use crate::chart::shapes::{rectangle, with_tip};

/// How much of a span stays free between its bars and those of the next.
const GAP: f64 = 0.2;

/// How the bars of one span stand to each other.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Arrangement {
    /// Side by side.
    Grouped,
    /// On top of each other.
    Stacked,
    /// On top of each other, those of every second series on the other side of zero.
    Mirrored,
}

/// Draws a bar per count.
pub fn draw(
    canvas: &mut Canvas,
    data: &ChartData,
    options: &ChartOptions,
    arrangement: Arrangement,
    lying: bool,
) {
    let largest = match arrangement {
        Arrangement::Grouped => data.largest(),
        Arrangement::Stacked => data.largest_sum(0, 1),
        Arrangement::Mirrored => data.largest_sum(0, 2).max(data.largest_sum(1, 2)),
    };
    let shape = Shape {
        lying,
        // A single series needs no other side.
        mirrored: arrangement == Arrangement::Mirrored && data.series.len() > 1,
        at_beginnings: false,
        legend: Legend::Areas,
    };
    let axes = Axes::draw(canvas, data, options, largest, shape);
    for span in 0..data.spans() {
        let bars = bars_of(data, span, arrangement);
        for (index, (bar, series)) in bars.iter().zip(&data.series).enumerate() {
            let corner = axes.at(bar.start, axes.scale.part(bar.from));
            let opposite = axes.at(bar.start + bar.width, axes.scale.part(bar.to));
            let drawn = rectangle(corner, opposite, canvas.theme.series(index), 0.9);
            let drawn = canvas.hatched(drawn, index);
            canvas.add(with_tip(drawn, &data.tip(series, span)));
        }
    }
}

/// Where a bar lies.
struct Bar {
    /// In spans from the beginning of the chart.
    start: f64,
    /// In spans.
    width: f64,
    /// The count at which it begins.
    from: f64,
    /// The count at which it ends.
    to: f64,
}

/// The bars of a span, one for each series.
fn bars_of(data: &ChartData, span: usize, arrangement: Arrangement) -> Vec<Bar> {
    let start = span as f64 + GAP / 2.0;
    // The ends of the bars so far, on each side of zero.
    let mut ends = [0.0, 0.0];
    let mut bars = Vec::with_capacity(data.series.len());
    for (index, series) in data.series.iter().enumerate() {
        let count = series.value(span) as f64;
        if arrangement == Arrangement::Grouped {
            let width = (1.0 - GAP) / data.series.len() as f64;
            bars.push(Bar {
                start: start + width * index as f64,
                width,
                from: 0.0,
                to: count,
            });
            continue;
        }
        let other_side = arrangement == Arrangement::Mirrored && index % 2 == 1;
        let end = &mut ends[usize::from(other_side)];
        let to = *end + if other_side { -count } else { count };
        bars.push(Bar {
            start,
            width: 1.0 - GAP,
            from: *end,
            to,
        });
        *end = to;
    }
    bars
}
