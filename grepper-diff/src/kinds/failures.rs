//! Questions at which datagrepper fails, and grepper does not.

use crate::comparison::STATUS;
use crate::comparison::spot::{Case, Spot};

/// There is nothing to compare with what grepper says.
pub fn failed(case: &Case, spot: &Spot) -> bool {
    let ways = case.old_member("error").is_some() || case.old.body.starts_with("Error, ");
    spot.place == STATUS && case.old.status == 500 && ways && matches!(case.new.status, 200 | 404)
}

/// By a proxy (502, 504); one that had no answer at all was made a 504 here.
pub fn gave_up(case: &Case, spot: &Spot) -> bool {
    spot.place == STATUS
        && matches!(case.old.status, 502 | 504)
        && matches!(case.new.status, 200 | 404)
}
