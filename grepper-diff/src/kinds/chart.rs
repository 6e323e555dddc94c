//! Charts whose edges may lie on messages.

use chrono::Utc;
use pythonic::number::{parse_float, parse_int};

use crate::comparison::spot::Case;
use crate::kinds::kind::Targets;
use crate::kinds::times;
use crate::target::{Endpoint, Target};

/// Seconds behind a whole one where no message is sent: programs send at whole seconds or anywhere.
const BESIDE: f64 = 0.000_317;
/// Seconds that a chart goes back without a start.
const YEAR: f64 = 365.0 * 86_400.0;

/// Nearly the same time, cut into spans of whole seconds whose edges lie between messages.
pub fn between_messages(_: &Case, targets: &Targets) -> Option<Targets> {
    let target = &targets.new;
    if target.endpoint() != Endpoint::Chart {
        return None;
    }
    let (start, end) = span(target)?;
    let spans = target
        .first("N")
        .map_or(Some(10), |spans| parse_int(&spans))?;
    let step = ((end - start) / spans as f64).floor();
    if step < 1.0 {
        return None;
    }
    let start = start.floor() + BESIDE;
    let (start, end) = (
        format!("{start:.6}"),
        format!("{:.6}", start + step * spans as f64),
    );
    let moved = |target: &Target| {
        target
            .without("delta")
            .with("start", &start)
            .with("end", &end)
    };
    Some(targets.map(moved))
}

/// What the chart is of, in seconds since 1970; `None` where times are no times.
pub fn span(target: &Target) -> Option<(f64, f64)> {
    let time = |name: &str| target.first(name).map(|value| times::seconds(&value));
    let delta = target.first("delta").map(|value| parse_float(&value));
    let now = Utc::now().timestamp_micros() as f64 / 1e6;
    Some(match (time("start"), time("end"), delta) {
        (Some(start), Some(end), _) => (start?, end?),
        (Some(start), None, Some(delta)) => (start?, start? + delta?),
        (Some(start), None, None) => (start?, now),
        (None, Some(end), Some(delta)) => (end? - delta?, end?),
        (None, None, Some(delta)) => (now - delta?, now),
        (None, Some(end), None) => (end? - YEAR, end?),
        (None, None, None) => (now - YEAR, now),
    })
}
