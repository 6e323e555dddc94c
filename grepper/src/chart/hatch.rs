//! What tells series apart for those who do not tell their colours: hatched areas and dashed lines.

use svg::Node;
use svg::node::element::{Pattern, Polyline};

use crate::chart::shapes::{Paint, Point, line};

/// The side of the tile that is repeated, in pixels.
const TILE: f64 = 8.0;

/// The lines of each hatch; the first series has none.
const HATCHES: [&[[Point; 2]]; 5] = [
    &[
        [(-1.0, 1.0), (1.0, -1.0)],
        [(0.0, 8.0), (8.0, 0.0)],
        [(7.0, 9.0), (9.0, 7.0)],
    ],
    &[[(0.0, 4.0), (8.0, 4.0)]],
    &[
        [(-1.0, 7.0), (1.0, 9.0)],
        [(0.0, 0.0), (8.0, 8.0)],
        [(7.0, -1.0), (9.0, 1.0)],
    ],
    &[[(4.0, 0.0), (4.0, 8.0)]],
    &[[(0.0, 4.0), (8.0, 4.0)], [(4.0, 0.0), (4.0, 8.0)]],
];

/// Lengths of dashes and what is between them; the first series has a whole line.
const DASHES: [&str; 5] = ["8 4", "2 3", "10 3 2 3", "16 4", "5 2 1 2 1 2"];

/// All hatches, in this paint.
pub fn patterns(paint: Paint) -> impl Iterator<Item = Pattern> {
    HATCHES.iter().enumerate().map(move |(hatch, lines)| {
        let pattern = Pattern::new()
            .set("id", format!("hatch-{hatch}"))
            .set("width", TILE)
            .set("height", TILE)
            .set("patternUnits", "userSpaceOnUse");
        let lines = lines.iter();
        lines.fold(pattern, |pattern, ends| {
            pattern.add(line(ends, paint, 1.5).set("opacity", 0.7))
        })
    })
}

/// What lies over the shape of a series, if anything does.
pub fn over<N: Node + Clone>(shape: &N, series: usize) -> Option<N> {
    let hatch = place(series)?;
    let mut over = Clone::clone(shape);
    if let Some(attributes) = over.get_attributes_mut() {
        attributes.remove("class");
        attributes.remove("opacity");
    }
    over.assign("fill", format!("url(#hatch-{hatch})"));
    Some(over)
}

/// The line of a series, dashed.
pub fn dashed(line: Polyline, series: usize) -> Polyline {
    match place(series) {
        Some(dash) => line.set("stroke-dasharray", DASHES[dash]),
        None => line,
    }
}

/// Which hatch or dash a series has. There are fewer than colours, so that both come together again only after 24 series.
fn place(series: usize) -> Option<usize> {
    (series % (HATCHES.len() + 1)).checked_sub(1)
}
