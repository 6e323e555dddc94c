//! Gauges: a dial with a needle per count.

use svg::node::element::Group;

use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::layout::{Legend, Room, TEXT, frame};
use crate::chart::options::ChartOptions;
use crate::chart::scale::{Scale, short};
use crate::chart::shapes::{Point, disc, line, polygon, reach, with_tip};
use crate::chart::text::Anchor;

/// Where the dial begins, in degrees clockwise from three o'clock.
const FIRST: f64 = 150.0;
/// How far it goes round.
const SWEEP: f64 = 240.0;

/// Draws the dial; needles of earlier spans are paler.
pub fn draw(canvas: &mut Canvas, data: &ChartData, options: &ChartOptions) {
    let room = frame(canvas, data, options, Legend::Colours);
    let scale = Scale::new(data.largest(), options.logarithmic);
    let dial = Dial::within(room, options.show_y_labels && room.is_roomy());
    let rim: Vec<Point> = (0..=96)
        .map(|step| dial.at(f64::from(step) / 96.0, 1.0))
        .collect();
    canvas.add(polygon(&rim, canvas.theme.plot, 1.0));
    canvas.add(line(&rim, canvas.theme.ink, 1.0));
    for &tick in &scale.ticks {
        let part = scale.part(tick);
        let mark = [dial.at(part, 0.94), dial.at(part, 1.0)];
        canvas.add(line(&mark, canvas.theme.ink, 1.0));
        if options.show_y_labels && room.is_roomy() {
            let number = dial.at(part, 1.0 + 1.6 * TEXT / dial.radius.max(1.0));
            canvas.text(&short(tick), number, TEXT, Anchor::Middle, f64::MAX);
        }
    }
    // Needles of later series are shorter: that tells them apart where colours do not.
    let shorter = 0.4 / data.series.len().max(4) as f64;
    for (index, series) in data.series.iter().enumerate() {
        let color = canvas.theme.series(index);
        for span in 0..data.spans() {
            let part = scale.part(series.value(span) as f64);
            let tip = dial.at(part, 0.9 - shorter * index as f64);
            let (left, right) = (
                dial.around(part, -90.0, 0.02),
                dial.around(part, 90.0, 0.02),
            );
            let age = 1.0 - (span + 1) as f64 / data.spans() as f64;
            let needle = polygon(&[left, tip, right], color, 0.95 - 0.6 * age);
            let mark = Group::new().add(needle).add(reach(tip, 7.0));
            canvas.add(with_tip(mark, &data.tip(series, span)));
        }
    }
    let hub = disc(dial.centre, dial.radius * 0.045, canvas.theme.ink, 1.0);
    canvas.add(hub);
}

struct Dial {
    centre: Point,
    radius: f64,
}

impl Dial {
    /// The largest dial in the room; its lower sixth is open.
    fn within(room: Room, numbered: bool) -> Self {
        let margin = if numbered { 2.6 * TEXT } else { 2.0 };
        let radius = ((room.width() / 2.0).min(room.height() / 1.5) - margin).max(1.0);
        let (x, y) = room.centre();
        Self {
            centre: (x, y + radius * 0.25),
            radius,
        }
    }

    /// The point at a part of the scale and a part of the radius.
    fn at(&self, part: f64, out: f64) -> Point {
        self.around(part, 0.0, out)
    }

    /// The point at a part of the scale, turned about the centre by some degrees, and a part of the radius.
    fn around(&self, part: f64, degrees: f64, out: f64) -> Point {
        let angle = (FIRST + part * SWEEP + degrees).to_radians();
        (
            self.centre.0 + angle.cos() * self.radius * out,
            self.centre.1 + angle.sin() * self.radius * out,
        )
    }
}
