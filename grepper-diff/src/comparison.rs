//! Where two answers differ.
//!
//! What is compared is what clients read: the status, where a redirect leads, the type, who else may read it, and of the body the
//! values that are in it and not their layout.

pub mod amount;
mod body;
mod chart;
pub mod lists;
pub mod page;
pub mod refusal;
pub mod spot;
pub mod tree;

use crate::asking::answer::Answer;
use crate::comparison::spot::{Case, Spot, Spots};
use crate::json::Json;
use crate::question::Method;
use crate::target::Endpoint;

/// Where statuses differ.
pub const STATUS: &str = "status";

/// Headers of answers to requests from other sites that browsers obey.
const CROSS_ORIGIN: [&str; 3] = [
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
];

/// The places where the answers of a case differ; none where a client would not notice anything.
pub fn spots(case: &Case) -> Vec<Spot> {
    let (old, new) = (case.old, case.new);
    // Nobody is helped by two that fail in the same way.
    let fail = old.status >= 500 && case.question.target.endpoint() != Endpoint::Health;
    if fail || old.status != new.status {
        let status = |answer: &Answer| Some(Json::Number(answer.status.to_string()));
        return vec![Spot::new(STATUS, status(old), status(new))];
    }
    let mut spots = Spots::default();
    spots.texts("content-type", content_type(old), content_type(new));
    spots.texts("location", old.header("location"), new.header("location"));
    for name in CROSS_ORIGIN {
        spots.texts(name, old.header(name), new.header(name));
    }
    let has_body = !(300..400).contains(&old.status) && case.question.method == Method::Get;
    if has_body {
        body::compare(case, &mut spots);
    }
    spots.found
}

/// In one spelling.
fn content_type(answer: &Answer) -> Option<String> {
    let given = answer.header("content-type")?;
    Some(given.to_ascii_lowercase().replace(' ', ""))
}
