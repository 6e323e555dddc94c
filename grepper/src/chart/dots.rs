//! Dot charts: a row per series, a disc per span, its area as large as the count.

use crate::chart::canvas::{Anchor, Canvas, text_width};
use crate::chart::data::ChartData;
use crate::chart::layout::{TEXT, frame};
use crate::chart::options::ChartOptions;
use crate::chart::scale::Scale;

/// Draws a disc per count; rows are named at their left, so that there is no legend.
pub fn draw(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions) {
    let mut room = frame(canvas, data, options, false);
    let scale = Scale::new(data.largest(), options.logarithmic);
    let (rows, spans) = (data.series.len().max(1) as f64, data.spans().max(1) as f64);
    let roomy = room.is_roomy();
    if roomy && options.show_x_labels {
        room.bottom -= TEXT + 10.0;
    }
    let row = room.height() / rows;
    if roomy {
        let widest = data
            .series
            .iter()
            .map(|series| text_width(&series.label, TEXT))
            .fold(0.0, f64::max);
        let label_room = widest.min(room.width() / 3.0);
        let step = ((TEXT + 2.0) / row).ceil().max(1.0) as usize;
        for (index, series) in data.series.iter().enumerate().step_by(step) {
            let middle = room.top + (index as f64 + 0.5) * row;
            canvas.text(
                &series.label,
                (room.left + label_room, middle),
                TEXT,
                Anchor::End,
                label_room,
            );
        }
        room.left += label_room + 8.0;
    }
    let column = room.width() / spans;
    canvas.rectangle(
        (room.left, room.top),
        (room.right, room.bottom),
        canvas.theme.plot,
        1.0,
    );
    if roomy && options.show_x_labels {
        let widest = data
            .labels()
            .iter()
            .map(|label| text_width(label, TEXT))
            .fold(0.0, f64::max);
        let step = ((widest + 8.0) / column).ceil().max(1.0) as usize;
        for (span, label) in data.labels().iter().enumerate().step_by(step) {
            let half = text_width(label, TEXT) / 2.0;
            let middle = (room.left + (span as f64 + 0.5) * column)
                .min(canvas.width - half - 2.0)
                .max(half + 2.0);
            canvas.text(
                label,
                (middle, room.bottom + TEXT),
                TEXT,
                Anchor::Middle,
                canvas.width,
            );
        }
    }
    let largest_radius = row.min(column) * 0.46;
    for (index, series) in data.series.iter().enumerate() {
        let color = canvas.theme.series(index);
        let y = room.top + (index as f64 + 0.5) * row;
        canvas.line(&[(room.left, y), (room.right, y)], canvas.theme.grid, 1.0);
        for span in 0..data.spans() {
            let centre = (room.left + (span as f64 + 0.5) * column, y);
            let count = series.value(span);
            if count == 0 {
                canvas.ring(centre, largest_radius.min(2.0), color);
            } else {
                canvas.disc(
                    centre,
                    largest_radius * scale.part(count as f64).sqrt().max(0.06),
                    color,
                    0.85,
                );
            }
            canvas.tip_disc(centre, largest_radius, &data.tip(series, span));
        }
    }
}
