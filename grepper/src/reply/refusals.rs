//! Which form the refusals of an endpoint have.

use actix_web::{HttpRequest, HttpResponse};

use crate::reply::error::ApiError;
use crate::reply::negotiated::prefers_page;
use crate::reply::{incumbent, people, problem};

/// The forms of refusals; the table of routes says which endpoint has which.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusals {
    /// What the incumbent's clients know: JSON with `error`, and some small pages.
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

    /// The answer to `request`, which is refused for `error`: a page for people, which lie below `root`, or for others
    /// what programs know.
    pub fn answer_to(self, request: &HttpRequest, error: &ApiError, root: &str) -> HttpResponse {
        let is_for_people = match self {
            // Clients that prefer pages have always got what they know.
            Self::Incumbent => people::navigates(request),
            Self::Problem => people::navigates(request) || prefers_page(request),
        };
        match is_for_people {
            true => people::page(error, request, root),
            false => self.answer(error),
        }
    }
}
