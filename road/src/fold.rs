//! How messages in their order become the words of stages: a file for each family of stages.
//!
//! What is folded are events, each with its place in the order. Joins are looked up when words are told and not when
//! messages come, as what joins two things may come after both.

pub(crate) mod attempt;
pub(crate) mod build;
mod gate;
mod jobs;
mod koji;
pub(crate) mod origin;
pub(crate) mod pull_request;
mod pushes;
pub(crate) mod scratch;
mod standing;
mod tested;
pub(crate) mod told;
pub(crate) mod updates;
