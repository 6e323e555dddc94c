//! What surrounds the shapes: the title above, the legend below.

use svg::node::element::Group;

use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::hatch::dashed;
use crate::chart::options::ChartOptions;
use crate::chart::shapes::{Point, line, rectangle};
use crate::chart::text::{Anchor, widest};

/// The size of all text but the title.
pub const TEXT: f64 = 12.0;
const TITLE: f64 = 18.0;
const MARGIN: f64 = 12.0;
const LINE: f64 = 17.0;
const SWATCH: f64 = 11.0;
/// Long enough to show how a line is dashed.
const SAMPLE: f64 = 26.0;

/// How the legend shows series.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum Legend {
    /// Not at all.
    None,
    /// As colours alone.
    Colours,
    /// As areas.
    Areas,
    /// As lines.
    Lines,
}

impl Legend {
    /// Of what stands before each name.
    fn width(self) -> f64 {
        match self {
            Self::Lines => SAMPLE,
            Self::None | Self::Colours | Self::Areas => SWATCH,
        }
    }
}

/// A part of the sheet.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Its left edge.
    pub left: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its right edge.
    pub right: f64,
    /// Its lower edge.
    pub bottom: f64,
}

impl Room {
    /// From left to right.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// From top to bottom.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// The middle.
    pub fn centre(&self) -> Point {
        (
            (self.left + self.right) / 2.0,
            (self.top + self.bottom) / 2.0,
        )
    }

    /// Whether text may be put in beside the shapes.
    pub fn is_roomy(&self) -> bool {
        self.width() >= 120.0 && self.height() >= 80.0
    }
}

/// Draws title and legend, and returns what is left for the chart.
pub fn frame(
    canvas: &mut Canvas,
    data: &ChartData,
    options: &ChartOptions,
    legend: Legend,
) -> Room {
    let whole = Room {
        left: 0.0,
        top: 0.0,
        right: canvas.width,
        bottom: canvas.height,
    };
    if !whole.is_roomy() {
        return whole;
    }
    let mut room = Room {
        left: MARGIN,
        top: MARGIN,
        right: canvas.width - MARGIN,
        bottom: canvas.height - MARGIN,
    };
    if !options.title.is_empty() {
        let (middle, _) = room.centre();
        canvas.text(
            &options.title,
            (middle, room.top + TITLE / 2.0),
            TITLE,
            Anchor::Middle,
            room.width(),
        );
        room.top += TITLE + MARGIN;
    }
    if legend != Legend::None {
        room.bottom = draw_legend(canvas, data, room, legend);
    }
    room
}

/// Draws the legend at the lower edge of the room and returns its upper edge.
fn draw_legend(canvas: &mut Canvas, data: &ChartData, room: Room, legend: Legend) -> f64 {
    let labels = data.series.iter().map(|series| series.label.as_str());
    let swatch = legend.width();
    let column = (widest(labels, TEXT) + swatch + 24.0).min(room.width());
    let columns = ((room.width() / column) as usize).clamp(1, data.series.len().max(1));
    // A legend that takes nearly half of the room is cut: the shapes matter more.
    let most_lines = (room.height() * 0.45 / LINE) as usize;
    let lines = data.series.len().div_ceil(columns).min(most_lines);
    if lines == 0 {
        return room.bottom;
    }
    let shown = if lines * columns < data.series.len() {
        lines * columns - 1
    } else {
        data.series.len()
    };
    let top = room.bottom - lines as f64 * LINE;
    let left = room.centre().0 - column * columns as f64 / 2.0 + 8.0;
    let place = |index: usize| {
        (
            left + (index % columns) as f64 * column,
            top + (index / columns) as f64 * LINE + LINE / 2.0,
        )
    };
    for index in 0..shown {
        draw_entry(canvas, data, index, place(index), column, legend);
    }
    if shown < data.series.len() {
        let more = format!("… {} more", data.series.len() - shown);
        canvas.text(&more, place(shown), TEXT, Anchor::Start, column);
    }
    top - 8.0
}

/// Draws a series' entry in the legend: a swatch and its label within `width` pixels, from the
/// middle of its left edge.
fn draw_entry(
    canvas: &mut Canvas,
    data: &ChartData,
    index: usize,
    at: Point,
    width: f64,
    legend: Legend,
) {
    let (x, y) = at;
    let swatch = legend.width();
    let color = canvas.theme.series(index);
    if legend == Legend::Lines {
        let sample = line(&[(x, y), (x + swatch, y)], color, 3.0);
        canvas.add(dashed(sample, index));
    } else {
        let corner = (x, y - SWATCH / 2.0);
        let opposite = (x + SWATCH, y + SWATCH / 2.0);
        let sample = rectangle(corner, opposite, color, 1.0);
        let sample = match legend {
            Legend::Areas => canvas.hatched(sample, index),
            _ => Group::new().add(sample),
        };
        canvas.add(sample);
    }
    let start = (x + swatch + 6.0, y);
    let room = width - swatch - 12.0;
    canvas.text(&data.series[index].label, start, TEXT, Anchor::Start, room);
}
