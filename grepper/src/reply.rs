//! The forms of answers: which one the client wants, and what it gets instead of one.

pub mod crowded;
pub(crate) mod data;
pub mod error;
pub mod incumbent;
pub mod jsonp;
pub mod negotiated;
pub mod negotiation;
pub mod people;
mod picture;
pub mod problem;
pub mod refusals;
pub mod seldom;
