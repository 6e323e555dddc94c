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

/// What a shape is painted with.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Paint {
    /// The colour.
    pub color: Color,
    /// The number by which a picture that follows dark mode knows it; see [`crate::chart::auto`].
    pub number: Option<u8>,
}

/// A filled rectangle between two opposite corners; `opacity` from 0 to 1.
pub fn rectangle(from: Point, to: Point, paint: Paint, opacity: f64) -> Rectangle {
    with_opacity(filled(box_between(from, to), paint), opacity)
}

/// A filled disc; `opacity` from 0 to 1.
pub fn disc(centre: Point, radius: f64, paint: Paint, opacity: f64) -> Circle {
    with_opacity(filled(circle(centre, radius), paint), opacity)
}

/// The outline of a disc, a pixel wide.
pub fn ring(centre: Point, radius: f64, paint: Paint) -> Circle {
    stroked(circle(centre, radius).set("fill", "none"), paint)
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
pub fn polygon(corners: &[Point], paint: Paint, opacity: f64) -> Polygon {
    let shape = Polygon::new().set("points", list(corners));
    with_opacity(filled(shape, paint), opacity)
}

/// A line through points, `width` pixels wide.
pub fn line(points: &[Point], paint: Paint, width: f64) -> Polyline {
    let line = Polyline::new()
        .set("points", list(points))
        .set("fill", "none");
    stroked(line.set("stroke-width", width), paint)
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

/// The shape, filled.
pub fn filled<N: Node>(shape: N, paint: Paint) -> N {
    painted(shape, "fill", 'f', paint)
}

/// The shape, with such an outline.
pub fn stroked<N: Node>(shape: N, paint: Paint) -> N {
    painted(shape, "stroke", 'k', paint)
}

/// Paint as an attribute, for whoever knows no styles, and by classes for a sheet of styles.
fn painted<N: Node>(mut shape: N, attribute: &str, class: char, paint: Paint) -> N {
    shape.assign(attribute, paint.color.to_string());
    if let Some(number) = paint.number {
        shape.assign("class", format!("{class} p{number}"));
    }
    shape
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
