//! Funnels: a centred strip per span, as wide as its count and narrowing to the next.

use crate::chart::canvas::{Anchor, Canvas, text_width};
use crate::chart::data::ChartData;
use crate::chart::layout::{TEXT, frame};
use crate::chart::options::ChartOptions;
use crate::chart::scale::{Scale, short};

/// Draws a funnel per series, side by side.
pub fn draw(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions) {
    let mut room = frame(canvas, data, options, true);
    let scale = Scale::new(data.largest(), options.logarithmic);
    let strip = room.height() / data.spans().max(1) as f64;
    let numbered = options.show_y_labels && strip >= TEXT + 4.0;
    if options.show_x_labels && room.is_roomy() {
        let widest = data
            .labels()
            .iter()
            .map(|label| text_width(label, TEXT))
            .fold(0.0, f64::max);
        let label_room = widest.min(room.width() / 3.0);
        let step = ((TEXT + 3.0) / strip).ceil().max(1.0) as usize;
        for (span, label) in data.labels().iter().enumerate().step_by(step) {
            let middle = room.top + (span as f64 + 0.5) * strip;
            canvas.text(
                label,
                (room.left + label_room, middle),
                TEXT,
                Anchor::End,
                label_room,
            );
        }
        room.left += label_room + 10.0;
    }
    let column = room.width() / data.series.len().max(1) as f64;
    let gap = if strip > 8.0 { 2.0 } else { 0.0 };
    for (index, series) in data.series.iter().enumerate() {
        let color = canvas.theme.series(index);
        let middle = room.left + (index as f64 + 0.5) * column;
        let half = |span: usize| scale.part(series.value(span) as f64) * column * 0.47;
        for span in 0..data.spans() {
            let (top, bottom) = (
                room.top + span as f64 * strip,
                room.top + (span as f64 + 1.0) * strip - gap,
            );
            let (wide, next) = (half(span), half((span + 1).min(data.spans() - 1)));
            let corners = [
                (middle - wide, top),
                (middle + wide, top),
                (middle + next, bottom),
                (middle - next, bottom),
            ];
            canvas.polygon(&corners, color, 0.55);
            let number = short(series.value(span) as f64);
            if numbered && text_width(&number, TEXT) < column {
                canvas.text(
                    &number,
                    (middle, (top + bottom) / 2.0),
                    TEXT,
                    Anchor::Middle,
                    column,
                );
            }
            canvas.tip_rectangle(
                (middle - column / 2.0, top),
                (middle + column / 2.0, bottom),
                &data.tip(series, span),
            );
        }
    }
}
