//! Charts: counts per span of time, drawn as SVG.
//!
//! [`render`] is total: any data and any size give a well-formed picture. The library plotters
//! writes the shapes; axes and layout are our own, for it knows neither funnels, pyramids, dots nor
//! gauges, and all kinds shall look alike.

mod axes;
mod bars;
mod canvas;
mod curve;
pub mod data;
mod dots;
mod funnel;
mod gauge;
mod layout;
mod lines;
pub mod options;
mod scale;
pub mod style;
#[cfg(test)]
mod tests;
mod words;

use crate::chart::bars::Arrangement;
use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::options::{ChartKind, ChartOptions};

/// Draws `data` as a chart of the given kind and returns the SVG document.
pub fn render(kind: ChartKind, data: &ChartData, options: &ChartOptions) -> String {
    let theme = options.style.theme();
    Canvas::draw(
        options.width,
        options.height,
        &options.title,
        &theme,
        |canvas| match kind {
            ChartKind::Line => lines::draw(canvas, data, options, false),
            ChartKind::StackedLine => lines::draw(canvas, data, options, true),
            ChartKind::Xy => lines::draw_xy(canvas, data, options),
            ChartKind::Bar => bars::draw(canvas, data, options, Arrangement::Grouped, false),
            ChartKind::HorizontalBar => {
                bars::draw(canvas, data, options, Arrangement::Grouped, true)
            }
            ChartKind::StackedBar => bars::draw(canvas, data, options, Arrangement::Stacked, false),
            ChartKind::HorizontalStackedBar => {
                bars::draw(canvas, data, options, Arrangement::Stacked, true)
            }
            ChartKind::Pyramid => bars::draw(canvas, data, options, Arrangement::Mirrored, true),
            ChartKind::VerticalPyramid => {
                bars::draw(canvas, data, options, Arrangement::Mirrored, false)
            }
            ChartKind::Funnel => funnel::draw(canvas, data, options),
            ChartKind::Dot => dots::draw(canvas, data, options),
            ChartKind::Gauge => gauge::draw(canvas, data, options),
        },
    )
}
