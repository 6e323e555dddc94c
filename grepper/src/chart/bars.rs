//! Bar charts and pyramids, upright and lying.

use crate::chart::axes::{Axes, Shape};
use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::options::ChartOptions;

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
    // A single series needs no other side.
    let mirrored = arrangement == Arrangement::Mirrored && data.series.len() > 1;
    let largest = match arrangement {
        Arrangement::Grouped => data.largest(),
        Arrangement::Stacked => data.largest_sum(0, 1),
        Arrangement::Mirrored => data.largest_sum(0, 2).max(data.largest_sum(1, 2)),
    };
    let axes = Axes::draw(
        canvas,
        data,
        options,
        largest,
        Shape {
            lying,
            mirrored,
            at_beginnings: false,
        },
    );
    for span in 0..data.spans() {
        // The ends of the bars so far, on each side of zero.
        let mut ends = [0.0, 0.0];
        for (index, series) in data.series.iter().enumerate() {
            let count = series.value(span) as f64;
            let (offset, width, from, to) = match arrangement {
                Arrangement::Grouped => {
                    let width = (1.0 - GAP) / data.series.len() as f64;
                    (GAP / 2.0 + width * index as f64, width, 0.0, count)
                }
                Arrangement::Stacked => (GAP / 2.0, 1.0 - GAP, ends[0], ends[0] + count),
                Arrangement::Mirrored if index % 2 == 0 => {
                    (GAP / 2.0, 1.0 - GAP, ends[0], ends[0] + count)
                }
                Arrangement::Mirrored => (GAP / 2.0, 1.0 - GAP, ends[1], ends[1] - count),
            };
            ends[usize::from(mirrored && index % 2 == 1)] = to;
            let start = span as f64 + offset;
            let corners = (
                axes.at(start, axes.scale.part(from)),
                axes.at(start + width, axes.scale.part(to)),
            );
            let color = canvas.theme.series(index);
            canvas.rectangle(corners.0, corners.1, color, 0.9);
            canvas.tip_rectangle(corners.0, corners.1, &data.tip(series, span));
        }
    }
}
