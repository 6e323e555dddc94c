//! The axes of charts that set counts against spans of time.

use crate::chart::canvas::{Anchor, Canvas, Point, text_width};
use crate::chart::data::ChartData;
use crate::chart::layout::{Room, TEXT, frame};
use crate::chart::options::ChartOptions;
use crate::chart::scale::{Scale, short};

/// Axes on the sheet. Counts go upwards and spans to the right, or, lying, counts to the right and
/// spans downwards.
pub struct Axes {
    /// The scale of counts.
    pub scale: Scale,
    room: Room,
    lying: bool,
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
        let mut room = frame(canvas, data, options, true);
        let labels = data.labels();
        let numbers: Vec<String> = scale.ticks.iter().copied().map(short).collect();
        let roomy = room.is_roomy();
        let (below, beside) = (
            roomy
                && if shape.lying {
                    options.show_y_labels
                } else {
                    options.show_x_labels
                },
            roomy
                && if shape.lying {
                    options.show_x_labels
                } else {
                    options.show_y_labels
                },
        );
        if below {
            room.bottom -= TEXT + 10.0;
            // The last number stands below the right edge.
            room.right -= if shape.lying {
                text_width(&numbers[numbers.len() - 1], TEXT) / 2.0
            } else {
                0.0
            };
        }
        if beside {
            let widest = |texts: &mut dyn Iterator<Item = &str>| {
                texts.map(|text| text_width(text, TEXT)).fold(0.0, f64::max)
            };
            let wanted = if shape.lying {
                widest(&mut labels.iter().copied())
            } else {
                widest(&mut numbers.iter().map(String::as_str))
            };
            room.left += wanted.min(room.width() / 3.0) + 8.0;
        }
        let spans = if shape.at_beginnings {
            labels.len().saturating_sub(1)
        } else {
            labels.len()
        };
        let zero = if shape.mirrored { 0.5 } else { 0.0 };
        let axes = Self {
            scale,
            room,
            lying: shape.lying,
            spans: spans.max(1) as f64,
            zero,
        };

        canvas.rectangle(
            (room.left, room.top),
            (room.right, room.bottom),
            canvas.theme.plot,
            1.0,
        );
        axes.draw_counts(canvas, &numbers, if shape.lying { below } else { beside });
        axes.draw_spans(
            canvas,
            &labels,
            if shape.lying { beside } else { below },
            shape.at_beginnings,
        );
        canvas.line(
            &[axes.at(0.0, 0.0), axes.at(axes.spans, 0.0)],
            canvas.theme.ink,
            1.0,
        );
        axes
    }

    /// The point at so many spans from the beginning and `part` of the scale.
    pub fn at(&self, span: f64, part: f64) -> Point {
        let part = self.zero + part * (1.0 - self.zero);
        let along = span / self.spans;
        if self.lying {
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

    fn draw_counts(&self, canvas: &mut Canvas, numbers: &[String], labelled: bool) {
        let signs: &[f64] = if self.zero > 0.0 {
            &[1.0, -1.0]
        } else {
            &[1.0]
        };
        let widest = numbers
            .iter()
            .map(|number| text_width(number, TEXT) + 8.0)
            .fold(0.0, f64::max);
        let needed = if self.lying { widest } else { TEXT + 4.0 };
        for &sign in signs {
            let mut last = f64::NEG_INFINITY;
            for (&tick, number) in self.scale.ticks.iter().zip(numbers) {
                let part = sign * self.scale.part(tick);
                let (from, to) = (self.at(0.0, part), self.at(self.spans, part));
                canvas.line(&[from, to], canvas.theme.grid, 1.0);
                let place = if self.lying {
                    from.0 * sign
                } else {
                    -from.1 * sign
                };
                let repeated = sign < 0.0 && tick == 0.0;
                if !labelled || repeated || place - last < needed {
                    continue;
                }
                last = place;
                if self.lying {
                    canvas.text(
                        number,
                        (from.0, self.room.bottom + TEXT),
                        TEXT,
                        Anchor::Middle,
                        f64::MAX,
                    );
                } else {
                    canvas.text(
                        number,
                        (self.room.left - 6.0, from.1),
                        TEXT,
                        Anchor::End,
                        f64::MAX,
                    );
                }
            }
        }
    }

    fn draw_spans(
        &self,
        canvas: &mut Canvas,
        labels: &[&str],
        labelled: bool,
        at_beginnings: bool,
    ) {
        let offset = if at_beginnings { 0.0 } else { 0.5 };
        let each = if self.lying {
            self.room.height()
        } else {
            self.room.width()
        } / self.spans;
        let widest = labels
            .iter()
            .map(|label| text_width(label, TEXT))
            .fold(0.0, f64::max);
        let needed = if self.lying { TEXT + 3.0 } else { widest + 8.0 };
        // Rather fewer labels than slanting or overlapping ones.
        let step = ((needed / each).ceil() as usize).clamp(1, labels.len().max(1));
        let mut taken = f64::NEG_INFINITY;
        for (span, label) in labels.iter().enumerate() {
            let place = span as f64 + offset;
            let tick = self.at(place, 0.0);
            if at_beginnings {
                canvas.line(
                    &[self.at(place, 0.0), self.at(place, 1.0)],
                    canvas.theme.grid,
                    1.0,
                );
            }
            if !labelled || span % step != 0 {
                continue;
            }
            if self.lying {
                let room = self.room.left - 8.0;
                canvas.text(
                    label,
                    (self.room.left - 6.0, tick.1),
                    TEXT,
                    Anchor::End,
                    room,
                );
            } else {
                taken = self.draw_below(canvas, label, tick.0, each * step as f64, taken);
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
        canvas.text(
            label,
            (x, self.room.bottom + TEXT),
            TEXT,
            Anchor::Middle,
            room,
        );
        x + half
    }
}
