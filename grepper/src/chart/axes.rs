//! The axes of charts that set counts against spans of time.

use crate::chart::canvas::Canvas;
use crate::chart::data::ChartData;
use crate::chart::labels::named;
use crate::chart::layout::{Legend, Room, TEXT, frame};
use crate::chart::options::ChartOptions;
use crate::chart::scale::{Scale, short};
use crate::chart::shapes::{Point, line, rectangle};
use crate::chart::text::{Anchor, text_width, widest};

/// Axes on the sheet. Counts go upwards and spans to the right, or, lying, counts to the right and
/// spans downwards.
pub struct Axes {
    /// The scale of counts.
    pub scale: Scale,
    room: Room,
    shape: Shape,
    /// How many spans wide.
    spans: f64,
    /// Where zero is on the axis of counts, from 0 to 1.
    zero: f64,
}

/// What kind of axes.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Counts go to the right instead of upwards.
    pub lying: bool,
    /// Zero is in the middle.
    pub mirrored: bool,
    /// Labels stand at the beginning of their span instead of its middle.
    pub at_beginnings: bool,
    /// How series are shown in the legend.
    pub legend: Legend,
}

impl Axes {
    /// Draws title, legend and axes for counts up to `largest`.
    pub fn draw(
        canvas: &mut Canvas,
        data: &ChartData,
        options: &ChartOptions,
        largest: f64,
        shape: Shape,
    ) -> Self {
        let scale = Scale::new(largest, options.logarithmic);
        let mut room = frame(canvas, data, options, shape.legend);
        let labels = data.labels();
        let numbers: Vec<String> = scale.ticks.iter().copied().map(short).collect();
        let roomy = room.is_roomy();
        let numbered = roomy && options.show_y_labels;
        let named = roomy && options.show_x_labels;
        leave_margins(&mut room, &labels, &numbers, [named, numbered], shape.lying);
        let spans = if shape.at_beginnings {
            labels.len().saturating_sub(1)
        } else {
            labels.len()
        };
        let axes = Self {
            scale,
            room,
            shape,
            spans: spans.max(1) as f64,
            zero: if shape.mirrored { 0.5 } else { 0.0 },
        };
        let corners = [(room.left, room.top), (room.right, room.bottom)];
        canvas.add(rectangle(corners[0], corners[1], canvas.theme.plot, 1.0));
        axes.draw_counts(canvas, &numbers, numbered);
        axes.draw_spans(canvas, data, named);
        let zero = [axes.at(0.0, 0.0), axes.at(axes.spans, 0.0)];
        canvas.add(line(&zero, canvas.theme.ink, 1.0));
        axes
    }

    /// The point at so many spans from the beginning and `part` of the scale.
    pub fn at(&self, span: f64, part: f64) -> Point {
        let part = self.zero + part * (1.0 - self.zero);
        let along = span / self.spans;
        if self.shape.lying {
            (
                self.room.left + part * self.room.width(),
                self.room.top + along * self.room.height(),
            )
        } else {
            (
                self.room.left + along * self.room.width(),
                self.room.bottom - part * self.room.height(),
            )
        }
    }

    /// Draws the lines of the numbered counts, and their numbers where these are wanted.
    fn draw_counts(&self, canvas: &mut Canvas, numbers: &[String], numbered: bool) {
        let lying = self.shape.lying;
        let needed = if lying {
            widest(numbers.iter().map(String::as_str), TEXT) + 8.0
        } else {
            TEXT + 4.0
        };
        let signs: &[f64] = if self.shape.mirrored {
            &[1.0, -1.0]
        } else {
            &[1.0]
        };
        for &sign in signs {
            let mut last = f64::NEG_INFINITY;
            for (&tick, number) in self.scale.ticks.iter().zip(numbers) {
                let part = sign * self.scale.part(tick);
                let (from, to) = (self.at(0.0, part), self.at(self.spans, part));
                canvas.add(line(&[from, to], canvas.theme.grid, 1.0));
                let place = if lying { from.0 * sign } else { -from.1 * sign };
                let repeated = sign < 0.0 && tick == 0.0;
                if !numbered || repeated || place - last < needed {
                    continue;
                }
                last = place;
                let (point, anchor) = if lying {
                    ((from.0, self.room.bottom + TEXT), Anchor::Middle)
                } else {
                    ((self.room.left - 6.0, from.1), Anchor::End)
                };
                canvas.text(number, point, TEXT, anchor, f64::MAX);
            }
        }
    }

    /// Draws lines at the beginnings of spans where points stand on them, and names the spans where
    /// that is wanted.
    fn draw_spans(&self, canvas: &mut Canvas, data: &ChartData, is_named: bool) {
        let labels = data.labels();
        let lying = self.shape.lying;
        let (length, needed) = if lying {
            (self.room.height(), TEXT + 3.0)
        } else {
            let needed = widest(labels.iter().copied(), TEXT) + 8.0;
            (self.room.width(), needed)
        };
        let each = length / self.spans;
        // Rather fewer labels than slanting or overlapping ones.
        let step = ((needed / each).ceil() as usize).clamp(1, labels.len().max(1));
        let offset = if self.shape.at_beginnings { 0.0 } else { 0.5 };
        let mut taken = f64::NEG_INFINITY;
        if self.shape.at_beginnings {
            for span in 0..labels.len() {
                let ends = [0.0, 1.0].map(|part| self.at(span as f64, part));
                canvas.add(line(&ends, canvas.theme.grid, 1.0));
            }
        }
        if !is_named {
            return;
        }
        for (span, label) in named(data, step) {
            let tick = self.at(span as f64 + offset, 0.0);
            if lying {
                let end = (self.room.left - 6.0, tick.1);
                canvas.text(&label, end, TEXT, Anchor::End, self.room.left - 8.0);
            } else {
                taken = self.draw_below(canvas, &label, tick.0, each * step as f64, taken);
            }
        }
    }

    /// Draws a label below the plot, moved inwards where it would leave the sheet, unless it would
    /// touch what is `taken` up to some place. Returns up to where it is taken then.
    fn draw_below(&self, canvas: &mut Canvas, label: &str, x: f64, room: f64, taken: f64) -> f64 {
        let room = room.max(80.0).min(canvas.width);
        let half = text_width(label, TEXT).min(room) / 2.0;
        let x = x.min(canvas.width - half - 2.0).max(half + 2.0);
        if x - half < taken {
            return taken;
        }
        let place = (x, self.room.bottom + TEXT);
        canvas.text(label, place, TEXT, Anchor::Middle, room);
        x + half
    }
}

/// Takes the place of labels and numbers from the room, where they are wanted.
fn leave_margins(
    room: &mut Room,
    labels: &[&str],
    numbers: &[String],
    [named, numbered]: [bool; 2],
    lying: bool,
) {
    let (below, beside) = if lying {
        (numbered, named)
    } else {
        (named, numbered)
    };
    if below {
        room.bottom -= TEXT + 10.0;
    }
    if below && lying {
        // The last number stands below the right edge.
        room.right -= text_width(&numbers[numbers.len() - 1], TEXT) / 2.0;
    }
    if beside {
        let wanted = if lying {
            widest(labels.iter().copied(), TEXT)
        } else {
            widest(numbers.iter().map(String::as_str), TEXT)
        };
        room.left += wanted.min(room.width() / 3.0) + 8.0;
    }
}
