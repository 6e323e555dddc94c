//! Which form the refusals of an endpoint have.

use actix_web::HttpResponse;

use crate::reply::error::ApiError;
use crate::reply::{incumbent, problem};

/// The forms of refusals; the table of routes says which endpoint has which.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusals {
    /// What the incumbent's clients know: JSON with `error`, and some pages.
    Incumbent,
    /// Problem details, RFC 9457, or a page for people.
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

    /// The answer to somebody who would rather see a page, if there are some of this form; they lie below `root`.
    pub fn page(self, error: &ApiError, root: &str) -> HttpResponse {
        match self {
            Self::Incumbent => incumbent::refusal(error),
            Self::Problem => problem::page(error, root),
        }
    }
}
