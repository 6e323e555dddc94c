//! Line charts: plain, stacked, and points at exact times.

use crate::chart::axes::{Axes, Shape};
use crate::chart::canvas::Canvas;
use crate::chart::curve;
use crate::chart::data::ChartData;
use crate::chart::hatch::dashed;
use crate::chart::layout::Legend;
use crate::chart::options::ChartOptions;
use crate::chart::shapes::{Point, disc, line, polygon, reach, reaching, with_tip};

/// The radius of a dot, in pixels.
const DOT: f64 = 3.5;
/// How far from a point the pointer finds it, in pixels.
const REACH: f64 = 8.0;

/// Draws a line per series, each beginning at zero or, stacked, at the former.
pub fn draw(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions, stacked: bool) {
    draw_at(canvas, data, options, stacked, 0.5);
}

/// Draws points at the beginnings of the spans, joined by lines.
pub fn draw_xy(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions) {
    draw_at(canvas, data, options, false, 0.0);
}

fn draw_at(
    canvas: &mut Canvas,
    data: &ChartData,
    options: &ChartOptions,
    stacked: bool,
    offset: f64,
) {
    let largest = if stacked {
        data.largest_sum(0, 1)
    } else {
        data.largest()
    };
    let shape = Shape {
        lying: false,
        mirrored: false,
        at_beginnings: offset == 0.0,
        legend: Legend::Lines,
    };
    let axes = Axes::draw(canvas, data, options, largest, shape);
    let mut heights = vec![0.0; data.spans()];
    let mut below = points_of(&axes, &heights, options, offset);
    for (index, series) in data.series.iter().enumerate() {
        for (span, height) in heights.iter_mut().enumerate() {
            *height = series.value(span) as f64 + if stacked { *height } else { 0.0 };
        }
        let color = canvas.theme.series(index);
        let points = points_of(&axes, &heights, options, offset);
        if options.fill {
            let area: Vec<_> = points.iter().chain(below.iter().rev()).copied().collect();
            canvas.add(polygon(&area, color, if stacked { 0.7 } else { 0.3 }));
        }
        canvas.add(dashed(line(&points, color, 2.0), index));
        for (span, &height) in heights.iter().enumerate() {
            let point = axes.at(span as f64 + offset, axes.scale.part(height));
            let mark = if options.show_dots {
                reaching(disc(point, DOT, color, 1.0), REACH - DOT)
            } else {
                reach(point, REACH)
            };
            canvas.add(with_tip(mark, &data.tip(series, span)));
        }
        if stacked {
            below = points;
        }
    }
}

/// The line through counts, on the sheet.
fn points_of(axes: &Axes, counts: &[f64], options: &ChartOptions, offset: f64) -> Vec<Point> {
    let parts = counts
        .iter()
        .enumerate()
        .map(|(span, &count)| (span as f64 + offset, axes.scale.part(count)));
    let line = curve::through(&parts.collect::<Vec<_>>(), options.interpolation);
    line.into_iter()
        .map(|(span, part)| axes.at(span, part))
        .collect()
}
