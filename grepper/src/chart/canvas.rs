//! The sheet a chart is drawn on: shapes in fractions of pixels, text, and tips for the pointer.

use std::fmt::Write as _;

use plotters::backend::SVGBackend;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, RGBColor, ShapeStyle};

use crate::chart::style::Theme;

/// Plotters draws on whole units only; ten of them make a pixel.
const UNITS: f64 = 10.0;
/// Plotters takes the height of a line of text and writes the size of the font.
const LINE_HEIGHT: f64 = 1.24;
/// The length from which a text is cut whatever the room.
const LONGEST_TEXT: usize = 200;

/// A point in pixels from the upper left corner.
pub type Point = (f64, f64);

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A sheet being drawn on.
pub struct Canvas<'a> {
    /// Its colours.
    pub theme: &'a Theme,
    /// In pixels.
    pub width: f64,
    /// In pixels.
    pub height: f64,
    area: DrawingArea<SVGBackend<'a>, Shift>,
    tips: String,
}

impl Canvas<'_> {
    /// Draws a sheet and returns the SVG document.
    pub fn draw(
        width: u32,
        height: u32,
        title: &str,
        theme: &Theme,
        draw: impl FnOnce(&mut Canvas),
    ) -> String {
        let units = |pixels: u32| pixels.clamp(1, 100_000) * UNITS as u32;
        let mut svg = String::new();
        let area =
            SVGBackend::with_string(&mut svg, (units(width), units(height))).into_drawing_area();
        let (pixel_width, pixel_height) = (
            f64::from(units(width)) / UNITS,
            f64::from(units(height)) / UNITS,
        );
        let mut canvas = Canvas {
            theme,
            width: pixel_width,
            height: pixel_height,
            area,
            tips: String::new(),
        };
        canvas.rectangle((0.0, 0.0), (pixel_width, pixel_height), theme.ground, 1.0);
        draw(&mut canvas);
        let tips = std::mem::take(&mut canvas.tips);
        drop(canvas);
        // The frame plotters wrote states units as pixels; ours states both, and holds the tips.
        let shapes = svg.find("<rect").map_or("", |start| &svg[start..]);
        let shapes = shapes.trim_end().trim_end_matches("</svg>");
        let mut document = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{pixel_width}" height="{pixel_height}" viewBox="0 0 {} {}">"#,
            units(width),
            units(height),
        );
        let _ = write!(
            document,
            "\n<title>{}</title>\n{shapes}<g fill-opacity=\"0\">\n{tips}</g>\n</svg>\n",
            escape(title)
        );
        document
    }

    /// A filled rectangle.
    pub fn rectangle(&mut self, from: Point, to: Point, color: RGBColor, opacity: f64) {
        self.put(&Rectangle::new(
            [units(from), units(to)],
            fill(color, opacity),
        ));
    }

    /// A filled disc.
    pub fn disc(&mut self, centre: Point, radius: f64, color: RGBColor, opacity: f64) {
        self.put(&Circle::new(
            units(centre),
            length(radius),
            fill(color, opacity),
        ));
    }

    /// The outline of a disc.
    pub fn ring(&mut self, centre: Point, radius: f64, color: RGBColor) {
        self.put(&Circle::new(
            units(centre),
            length(radius),
            stroke(color, 1.0),
        ));
    }

    /// A filled shape with straight edges.
    pub fn polygon(&mut self, points: &[Point], color: RGBColor, opacity: f64) {
        let points: Vec<_> = points.iter().copied().map(units).collect();
        self.put(&Polygon::new(points, fill(color, opacity)));
    }

    /// A line through points.
    pub fn line(&mut self, points: &[Point], color: RGBColor, width: f64) {
        let points: Vec<_> = points.iter().copied().map(units).collect();
        self.put(&PathElement::new(points, stroke(color, width)));
    }

    /// A text, cut to `room` pixels, its middle at the height of the point.
    pub fn text(&mut self, text: &str, at: Point, size: f64, anchor: Anchor, room: f64) {
        let Some(text) = cut(text, size, room) else {
            return;
        };
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let font = ("sans-serif", size * UNITS * LINE_HEIGHT).into_font();
        // The lower edge is a third of the size below the middle of the letters; plotters' own
        // centring is left aside because it depends on the height of an x.
        let (x, y) = units((at.0, at.1 - size * 0.41));
        let style = font.color(&self.theme.ink).pos(Pos::new(h_pos, VPos::Top));
        self.put(&Text::new(text, (x, y), style));
    }

    /// An invisible rectangle that tells the pointer something.
    pub fn tip_rectangle(&mut self, from: Point, to: Point, tip: &str) {
        let ((x0, y0), (x1, y1)) = (units(from), units(to));
        let (x, y, width, height) = (x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs());
        let tip = escape(tip);
        let _ = writeln!(
            self.tips,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}"><title>{tip}</title></rect>"#
        );
    }

    /// An invisible disc that tells the pointer something.
    pub fn tip_disc(&mut self, centre: Point, radius: f64, tip: &str) {
        let ((x, y), radius, tip) = (units(centre), length(radius), escape(tip));
        let _ = writeln!(
            self.tips,
            r#"<circle cx="{x}" cy="{y}" r="{radius}"><title>{tip}</title></circle>"#
        );
    }

    fn put<E>(&self, element: &E)
    where
        for<'e> &'e E: PointCollection<'e, (i32, i32)>,
        for<'a> E: Drawable<SVGBackend<'a>>,
    {
        // It is written into a string, which does not fail.
        let _ = self.area.draw(element);
    }
}

/// The width of a text, as far as can be told without its font.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().take(LONGEST_TEXT).count() as f64 * size * 0.58
}

/// The text as far as it fits, `None` if hardly anything does.
fn cut(text: &str, size: f64, room: f64) -> Option<String> {
    let fitting = (room / (size * 0.58) + 0.01).clamp(0.0, LONGEST_TEXT as f64) as usize;
    let count = text.chars().take(fitting + 1).count();
    let clean = text.chars().map(printable);
    match (count, fitting) {
        (0, _) => None,
        _ if count <= fitting => Some(clean.collect()),
        (_, 0..=2) => None,
        _ => Some(clean.take(fitting - 1).chain(['…']).collect()),
    }
}

/// XML has no way to write control characters.
fn printable(char: char) -> char {
    if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') {
        '\u{fffd}'
    } else {
        char
    }
}

fn escape(text: &str) -> String {
    let clean: String = text.chars().map(printable).collect();
    clean
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn units(point: Point) -> (i32, i32) {
    (
        (point.0 * UNITS).round() as i32,
        (point.1 * UNITS).round() as i32,
    )
}

fn length(pixels: f64) -> i32 {
    (pixels * UNITS).round().max(0.0) as i32
}

fn fill(color: RGBColor, opacity: f64) -> ShapeStyle {
    color.mix(opacity).filled()
}

fn stroke(color: RGBColor, width: f64) -> ShapeStyle {
    color.stroke_width((width * UNITS) as u32)
}
