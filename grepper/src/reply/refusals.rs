//! Which form the refusals of an endpoint have.

use actix_web::HttpResponse;

use crate::reply::error::ApiError;
use crate::reply::{incumbent, problem};

/// The forms of refusals; the table of routes says which endpoint has which.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusals {
    /// What the incumbent's clients know: JSON with `error`, and some pages.
    Incumbent,
    /// Problem details, RFC 9457.
    Problem,
}

impl Refusals {
    /// The answer to a request that is refused for `error`.
    pub fn answer(self, error: &ApiError) -> HttpResponse {
        match self {
            Self::Incumbent => incumbent::refusal(error),
            Self::Problem => problem::refusal(error),
        }
    }
}
