//! Which form the refusals of an endpoint have.

use actix_web::{HttpRequest, HttpResponse};

use crate::reply::error::ApiError;
use crate::reply::negotiated::prefers_page;
use crate::reply::{incumbent, people, picture, problem};

/// The forms of refusals; the table of routes says which endpoint has which.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusals {
    /// What the incumbent's clients know: JSON with `error`, and some small pages.
    Incumbent,
    /// Problem details, RFC 9457, or a page for people.
    Problem,
    /// As the incumbent's clients know them, or a picture for who loads one.
    Picture,
}

impl Refusals {
    /// The answer to a request that is refused for `error`.
    pub fn answer(self, error: &ApiError) -> HttpResponse {
        match self {
            Self::Incumbent | Self::Picture => incumbent::refusal(error),
            Self::Problem => problem::refusal(error),
        }
    }

    /// The answer to `request`, which is refused for `error`: a page for people, which lie below `root`, or for others
    /// what programs know.
    pub fn answer_to(self, request: &HttpRequest, error: &ApiError, root: &str) -> HttpResponse {
        let is_for_people = match self {
            // Clients that prefer pages have always got what they know.
            Self::Incumbent | Self::Picture => people::navigates(request),
            Self::Problem => people::navigates(request) || prefers_page(request),
        };
        match self {
            _ if is_for_people => people::page(error, request, root),
            Self::Picture if picture::is_wanted(request) => picture::refusal(error),
            _ => self.answer(error),
        }
    }
}
