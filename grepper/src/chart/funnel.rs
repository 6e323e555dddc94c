//! Funnels: a centred strip per span, as wide as its count and narrowing to the next.

use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::labels::named;
use crate::chart::layout::{Legend, Room, TEXT, frame};
use crate::chart::options::ChartOptions;
use crate::chart::scale::{Scale, short};
use crate::chart::shapes::{polygon, reach_between, with_tip};
use crate::chart::text::{Anchor, text_width, widest};

/// Draws a funnel per series, side by side.
pub fn draw(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions) {
    let mut room = frame(canvas, data, options, Legend::Areas);
    let scale = Scale::new(data.largest(), options.logarithmic);
    let strip = room.height() / data.spans().max(1) as f64;
    let numbered = options.show_y_labels && strip >= TEXT + 4.0;
    if options.show_x_labels && room.is_roomy() {
        name_strips(canvas, data, &mut room, strip);
    }
    let column = room.width() / data.series.len().max(1) as f64;
    let gap = if strip > 8.0 { 2.0 } else { 0.0 };
    for (index, series) in data.series.iter().enumerate() {
        let color = canvas.theme.series(index);
        let middle = room.left + (index as f64 + 0.5) * column;
        let half = |span: usize| scale.part(series.value(span) as f64) * column * 0.47;
        for span in 0..data.spans() {
            let top = room.top + span as f64 * strip;
            let bottom = room.top + (span as f64 + 1.0) * strip - gap;
            let (wide, next) = (half(span), half((span + 1).min(data.spans() - 1)));
            let corners = [
                (middle - wide, top),
                (middle + wide, top),
                (middle + next, bottom),
                (middle - next, bottom),
            ];
            let cell = reach_between(
                (middle - column / 2.0, top),
                (middle + column / 2.0, bottom),
            );
            let strip = polygon(&corners, color, 0.55);
            let mark = canvas.hatched(strip, index).add(cell);
            canvas.add(with_tip(mark, &data.tip(series, span)));
            let number = short(series.value(span) as f64);
            if numbered && text_width(&number, TEXT) < column {
                let centre = (middle, (top + bottom) / 2.0);
                canvas.text(&number, centre, TEXT, Anchor::Middle, column);
            }
        }
    }
}

/// Names the spans at the left of the room, and takes the place from it; `strip` is the height of a
/// span in pixels.
fn name_strips(canvas: &mut Canvas, data: &ChartData, room: &mut Room, strip: f64) {
    let labels = data.labels();
    let label_room = widest(labels.iter().copied(), TEXT).min(room.width() / 3.0);
    let step = ((TEXT + 3.0) / strip).ceil().max(1.0) as usize;
    for (span, label) in named(data, step) {
        let middle = room.top + (span as f64 + 0.5) * strip;
        let end = (room.left + label_room, middle);
        canvas.text(&label, end, TEXT, Anchor::End, label_room);
    }
    room.left += label_room + 10.0;
}
