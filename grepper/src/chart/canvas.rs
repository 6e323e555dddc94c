//! The sheet a chart is drawn on: it gathers shapes and texts into an SVG document.

use svg::node::element::{Definitions, Description, Group, Text, Title};
use svg::{Document, Node};

use crate::chart::auto;
use crate::chart::hatch;
use crate::chart::shapes::{Point, filled, rectangle, tenths};
use crate::chart::style::Theme;
use crate::chart::text::{Anchor, cut, printable, text_width};

/// The largest side of a sheet in pixels.
const LARGEST_SIDE: u32 = 100_000;
/// From the middle of the letters to the line they stand on, in sizes of their font.
const BASELINE: f64 = 0.35;
/// The size of what is said in the middle, in pixels.
const SAID: f64 = 15.0;

/// A sheet being drawn on.
pub struct Canvas<'a> {
    /// Its colours.
    pub theme: &'a Theme,
    /// In pixels.
    pub width: f64,
    /// In pixels.
    pub height: f64,
    shapes: Group,
    /// Whether shapes are hatched.
    is_hatched: bool,
}

impl<'a> Canvas<'a> {
    /// An empty sheet; sides in pixels.
    pub fn new(width: u32, height: u32, theme: &'a Theme) -> Self {
        // Shapes without a tip do not hide others from the pointer.
        let shapes = Group::new()
            .set("font-family", "sans-serif")
            .set("pointer-events", "none");
        Self {
            theme,
            width: width.clamp(1, LARGEST_SIDE).into(),
            height: height.clamp(1, LARGEST_SIDE).into(),
            shapes,
            is_hatched: false,
        }
    }

    /// Puts a shape on top of the others.
    pub fn add(&mut self, shape: impl Into<Box<dyn Node>>) {
        self.shapes.append(shape);
    }

    /// A text in the colour of the ink, cut to `room` pixels, its middle at the height of the
    /// point; `size` is the font's, in pixels.
    pub fn text(&mut self, text: &str, at: Point, size: f64, anchor: Anchor, room: f64) {
        let Some(shown) = cut(text, size, room) else {
            return;
        };
        let text = Text::new(shown)
            .set("x", tenths(at.0))
            .set("y", tenths(at.1 + size * BASELINE))
            .set("font-size", size)
            .set("text-anchor", anchor.word());
        self.add(filled(text, self.theme.ink));
    }

    /// The shape of a series, which is hatched as the series is, so that others are told from it without their colours.
    pub fn hatched<N: Node + Clone>(&mut self, shape: N, series: usize) -> Group {
        let hatching = hatch::over(&shape, series);
        let group = Group::new().add(shape);
        match hatching {
            Some(hatching) => {
                self.is_hatched = true;
                group.add(hatching)
            }
            None => group,
        }
    }

    /// Says something above all else; where it is, is told in parts of the sheet.
    pub fn say(&mut self, text: &str, (across, down): Point) {
        let (middle, half) = ((self.width * across, self.height * down), SAID);
        let width = text_width(text, SAID) + SAID;
        if width > self.width * 0.8 || 4.0 * half > self.height {
            return;
        }
        let corner = (middle.0 - width / 2.0, middle.1 - half);
        let opposite = (middle.0 + width / 2.0, middle.1 + half);
        self.add(rectangle(corner, opposite, self.theme.plot, 1.0));
        self.text(text, middle, SAID, Anchor::Middle, width);
    }

    /// The finished SVG document; `description` is for those who do not see it.
    pub fn document(self, title: &str, description: &str) -> String {
        let title = if title.is_empty() { "Messages" } else { title };
        let whole = (self.width, self.height);
        let mut document = Document::new()
            .set("role", "img")
            .set("width", self.width)
            .set("height", self.height)
            .set("viewBox", (0, 0, self.width, self.height))
            .add(Title::new(printable(title)))
            .add(Description::new().add(svg::node::Text::new(printable(description))));
        if self.theme.is_auto {
            document = document.add(auto::sheet());
        }
        if self.is_hatched {
            let hatches = Definitions::new();
            document =
                document.add(hatch::patterns(self.theme.plot).fold(hatches, Definitions::add));
        }
        let document = document
            .add(rectangle((0.0, 0.0), whole, self.theme.ground, 1.0))
            .add(self.shapes);
        format!("{document}\n")
    }
}
