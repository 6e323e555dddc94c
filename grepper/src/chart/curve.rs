//! Smooth lines through given points.

use crate::chart::options::Interpolation;

/// Pieces drawn between two points.
const PIECES: usize = 12;

/// The line through `points` (each one unit to the right of the former), bent if asked for; all
/// heights stay within 0 to 1.
pub fn through(points: &[(f64, f64)], interpolation: Option<Interpolation>) -> Vec<(f64, f64)> {
    let Some(interpolation) = interpolation else {
        return points.to_vec();
    };
    let slopes = slopes(points, interpolation);
    let mut line = Vec::with_capacity(points.len() * PIECES);
    for (pair, slope) in points.windows(2).zip(slopes.windows(2)) {
        let ((x, from), (_, to)) = (pair[0], pair[1]);
        for piece in 0..PIECES {
            let part = piece as f64 / PIECES as f64;
            line.push((
                x + part,
                hermite(part, from, to, slope[0], slope[1]).clamp(0.0, 1.0),
            ));
        }
    }
    line.extend(points.last());
    line
}

/// The slope of the line at each point.
fn slopes(points: &[(f64, f64)], interpolation: Interpolation) -> Vec<f64> {
    let rise = |at: usize| points[at + 1].1 - points[at].1;
    let last = points.len().saturating_sub(1);
    let slope = |at: usize| match (at, interpolation) {
        _ if last == 0 => 0.0,
        (0, _) => rise(0),
        (at, _) if at == last => rise(last - 1),
        // The parabola through a point and its neighbours.
        (at, Interpolation::Quadratic) => (rise(at - 1) + rise(at)) / 2.0,
        // The harmonic mean, and level at peaks: the curve never leaves the span of its points.
        (at, Interpolation::Cubic) => {
            let (before, after) = (rise(at - 1), rise(at));
            if before * after <= 0.0 {
                0.0
            } else {
                2.0 * before * after / (before + after)
            }
        }
    };
    (0..points.len()).map(slope).collect()
}

/// The cubic from `from` to `to` with the given slopes at its ends.
fn hermite(part: f64, from: f64, to: f64, slope_from: f64, slope_to: f64) -> f64 {
    let rest = 1.0 - part;
    let ends = from * (1.0 + 2.0 * part) * rest * rest + to * part * part * (3.0 - 2.0 * part);
    ends + slope_from * part * rest * rest - slope_to * part * part * rest
}
