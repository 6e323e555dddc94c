//! Dot charts: a row per series, a disc per span, its area as large as the count.

use svg::node::element::Group;

use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::labels::named;
use crate::chart::layout::{Legend, Room, TEXT, frame};
use crate::chart::options::ChartOptions;
use crate::chart::scale::Scale;
use crate::chart::shapes::{disc, line, reach, rectangle, ring, with_tip};
use crate::chart::text::{Anchor, text_width, widest};

/// Draws a disc per count; rows are named at their left, so that there is no legend.
pub fn draw(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions) {
    let mut room = frame(canvas, data, options, Legend::None);
    let roomy = room.is_roomy();
    let names_spans = roomy && options.show_x_labels;
    if names_spans {
        room.bottom -= TEXT + 10.0;
    }
    if roomy {
        name_rows(canvas, data, &mut room);
    }
    let plot = rectangle(
        (room.left, room.top),
        (room.right, room.bottom),
        canvas.theme.plot,
        1.0,
    );
    canvas.add(plot);
    if names_spans {
        name_columns(canvas, data, room);
    }
    draw_discs(canvas, data, options, room);
}

/// The height of a row in pixels.
fn row_height(data: &ChartData, room: Room) -> f64 {
    room.height() / data.series.len().max(1) as f64
}

/// The width of a column in pixels.
fn column_width(data: &ChartData, room: Room) -> f64 {
    room.width() / data.spans().max(1) as f64
}

/// Names the series at the left of the room, and takes the place from it.
fn name_rows(canvas: &mut Canvas, data: &ChartData, room: &mut Room) {
    let row = row_height(data, *room);
    let labels = data.series.iter().map(|series| series.label.as_str());
    let label_room = widest(labels, TEXT).min(room.width() / 3.0);
    let step = ((TEXT + 2.0) / row).ceil().max(1.0) as usize;
    for (index, series) in data.series.iter().enumerate().step_by(step) {
        let middle = room.top + (index as f64 + 0.5) * row;
        let end = (room.left + label_room, middle);
        canvas.text(&series.label, end, TEXT, Anchor::End, label_room);
    }
    room.left += label_room + 8.0;
}

/// Names the spans below the room.
fn name_columns(canvas: &mut Canvas, data: &ChartData, room: Room) {
    let column = column_width(data, room);
    let labels = data.labels();
    let needed = widest(labels.iter().copied(), TEXT) + 8.0;
    let step = (needed / column).ceil().max(1.0) as usize;
    for (span, label) in named(data, step) {
        let half = text_width(&label, TEXT) / 2.0;
        let middle = (room.left + (span as f64 + 0.5) * column)
            .min(canvas.width - half - 2.0)
            .max(half + 2.0);
        let below = (middle, room.bottom + TEXT);
        canvas.text(&label, below, TEXT, Anchor::Middle, canvas.width);
    }
}

fn draw_discs(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions, room: Room) {
    let scale = Scale::new(data.largest(), options.logarithmic);
    let (row, column) = (row_height(data, room), column_width(data, room));
    let largest_radius = row.min(column) * 0.46;
    for (index, series) in data.series.iter().enumerate() {
        let color = canvas.theme.series(index);
        let y = room.top + (index as f64 + 0.5) * row;
        let ends = [(room.left, y), (room.right, y)];
        canvas.add(line(&ends, canvas.theme.grid, 1.0));
        for span in 0..data.spans() {
            let centre = (room.left + (span as f64 + 0.5) * column, y);
            let count = series.value(span) as f64;
            let shape = if count == 0.0 {
                ring(centre, largest_radius.min(2.0), color)
            } else {
                let radius = largest_radius * scale.part(count).sqrt().max(0.06);
                disc(centre, radius, color, 0.85)
            };
            let mark = Group::new().add(shape).add(reach(centre, largest_radius));
            canvas.add(with_tip(mark, &data.tip(series, span)));
        }
    }
}
