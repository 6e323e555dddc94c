//! Questions that would harm datagrepper: nobody who compares wants to stop a service in use.

use pythonic::number::parse_int;

use crate::kinds::chart;
use crate::target::{Endpoint, Target};

/// A worker counts up to an end that is never reached.
pub fn no_span(target: &Target) -> bool {
    target.endpoint() == Endpoint::Chart
        && chart::span(target).is_some_and(|(start, end)| start == end)
}

/// A worker looks for a size of letters that fits, for ever.
pub fn narrow(target: &Target) -> bool {
    let width = target.first("width").and_then(|width| parse_int(&width));
    target.endpoint() == Endpoint::Chart && width.is_some_and(|width| width <= 10)
}

/// A worker holds the whole archive.
pub fn all_rows(target: &Target) -> bool {
    let rows = target
        .first("rows_per_page")
        .and_then(|rows| parse_int(&rows));
    target.is_search() && rows == Some(0)
}
