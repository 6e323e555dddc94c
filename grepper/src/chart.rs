//! Charts: counts per span of time, drawn as SVG.
//!
//! [`render`] is total: any data and any size give a well-formed picture. The crate `svg` writes the
//! nodes; what they show is our own, for no library of charts knows funnels, pyramids, dots and
//! gauges, and all kinds shall look alike.

pub mod auto;
mod axes;
mod bars;
mod canvas;
mod curve;
pub mod data;
mod describe;
mod dots;
mod funnel;
mod gauge;
mod hatch;
mod labels;
mod layout;
mod lines;
pub mod notice;
pub mod options;
mod scale;
mod shapes;
pub mod style;
#[cfg(test)]
mod tests;
mod text;
pub mod words;

use crate::chart::bars::Arrangement;
use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::describe::describe;
use crate::chart::options::{ChartKind, ChartOptions};

/// Draws `data` as a chart of the given kind and returns the SVG document.
pub fn render(kind: ChartKind, data: &ChartData, options: &ChartOptions) -> String {
    let theme = options.style.theme();
    let mut canvas = Canvas::new(options.width, options.height, &theme);
    let sheet = &mut canvas;
    let bars = |sheet: &mut Canvas, arrangement, lying| {
        bars::draw(sheet, data, options, arrangement, lying);
    };
    match kind {
        ChartKind::Line => lines::draw(sheet, data, options, false),
        ChartKind::StackedLine => lines::draw(sheet, data, options, true),
        ChartKind::Xy => lines::draw_xy(sheet, data, options),
        ChartKind::Bar => bars(sheet, Arrangement::Grouped, false),
        ChartKind::HorizontalBar => bars(sheet, Arrangement::Grouped, true),
        ChartKind::StackedBar => bars(sheet, Arrangement::Stacked, false),
        ChartKind::HorizontalStackedBar => bars(sheet, Arrangement::Stacked, true),
        ChartKind::Pyramid => bars(sheet, Arrangement::Mirrored, true),
        ChartKind::VerticalPyramid => bars(sheet, Arrangement::Mirrored, false),
        ChartKind::Funnel => funnel::draw(sheet, data, options),
        ChartKind::Dot => dots::draw(sheet, data, options),
        ChartKind::Gauge => gauge::draw(sheet, data, options),
    }
    if data.total() == 0 {
        let place = match kind {
            // Above the hub.
            ChartKind::Gauge => (0.5, 0.4),
            // Beside names at the left.
            _ => (0.58, 0.5),
        };
        canvas.say("No messages in this span", place);
    }
    canvas.document(&options.title, &describe(data))
}
