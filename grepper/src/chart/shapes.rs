//! The shapes of a chart as SVG nodes, in pixels from the upper left corner.

use std::fmt;

use svg::Node;
use svg::node::element::{Circle, Polygon, Polyline, Rectangle, Title};

use crate::chart::text::printable;

/// A point in pixels from the upper left corner.
pub type Point = (f64, f64);

/// A colour without transparency, written as `#3366CC`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Color {
    /// From 0 to 255.
    pub red: u8,
    /// From 0 to 255.
    pub green: u8,
    /// From 0 to 255.
    pub blue: u8,
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02X}{:02X}{:02X}", self.red, self.green, self.blue)
    }
}

/// A filled rectangle between two opposite corners; `opacity` from 0 to 1.
pub fn rectangle(from: Point, to: Point, color: Color, opacity: f64) -> Rectangle {
    with_opacity(
        box_between(from, to).set("fill", color.to_string()),
        opacity,
    )
}

/// A filled disc; `opacity` from 0 to 1.
pub fn disc(centre: Point, radius: f64, color: Color, opacity: f64) -> Circle {
    with_opacity(
        circle(centre, radius).set("fill", color.to_string()),
        opacity,
    )
}

/// The outline of a disc, a pixel wide.
pub fn ring(centre: Point, radius: f64, color: Color) -> Circle {
    circle(centre, radius)
        .set("fill", "none")
        .set("stroke", color.to_string())
}

/// A disc that shows nothing: it makes a small shape easier to point at.
pub fn reach(centre: Point, radius: f64) -> Circle {
    circle(centre, radius).set("fill", "none")
}

/// The disc, easier to point at by so many pixels around it: its outline shows nothing.
pub fn reaching(disc: Circle, by: f64) -> Circle {
    disc.set("stroke-width", 2.0 * by)
}

/// A rectangle that shows nothing, as [`reach`].
pub fn reach_between(from: Point, to: Point) -> Rectangle {
    box_between(from, to).set("fill", "none")
}

/// A filled shape with straight edges; `opacity` from 0 to 1.
pub fn polygon(corners: &[Point], color: Color, opacity: f64) -> Polygon {
    let shape = Polygon::new()
        .set("points", list(corners))
        .set("fill", color.to_string());
    with_opacity(shape, opacity)
}

/// A line through points, `width` pixels wide.
pub fn line(points: &[Point], color: Color, width: f64) -> Polyline {
    Polyline::new()
        .set("points", list(points))
        .set("fill", "none")
        .set("stroke", color.to_string())
        .set("stroke-width", width)
}

/// The shape with a text for whoever points at it or has it read aloud.
pub fn with_tip<N: Node>(mut shape: N, tip: &str) -> N {
    if let Some(children) = shape.get_children_mut() {
        // Readers look for it before all else.
        children.insert(0, Title::new(printable(tip)).into());
    }
    shape.assign("pointer-events", "all");
    shape
}

/// Pixels to a tenth: finer than any screen, and shorter to write. Never the zero with a sign.
pub fn tenths(pixels: f64) -> f64 {
    (pixels * 10.0).round() / 10.0 + 0.0
}

fn with_opacity<N: Node>(mut shape: N, opacity: f64) -> N {
    if opacity < 1.0 {
        shape.assign("opacity", (opacity * 1000.0).round() / 1000.0);
    }
    shape
}

fn box_between(from: Point, to: Point) -> Rectangle {
    let (left, top) = (tenths(from.0.min(to.0)), tenths(from.1.min(to.1)));
    let (right, bottom) = (tenths(from.0.max(to.0)), tenths(from.1.max(to.1)));
    Rectangle::new()
        .set("x", left)
        .set("y", top)
        .set("width", tenths(right - left))
        .set("height", tenths(bottom - top))
}

fn circle(centre: Point, radius: f64) -> Circle {
    Circle::new()
        .set("cx", tenths(centre.0))
        .set("cy", tenths(centre.1))
        .set("r", tenths(radius.max(0.0)))
}

fn list(points: &[Point]) -> String {
    let pairs: Vec<String> = points
        .iter()
        .map(|(x, y)| format!("{},{}", tenths(*x), tenths(*y)))
        .collect();
    pairs.join(" ")
}
