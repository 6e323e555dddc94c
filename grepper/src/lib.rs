//! Serves the message archive over HTTP: search, single messages, counts, charts and pages.
//!
//! `params` turns query strings into typed values, `routes` asks the archive, `message_view`
//! writes the answer. Everything that is checked before the archive is asked is pure.

pub mod app;
pub mod chart;
pub mod config;
pub mod cors_rules;
pub mod middleware;
pub mod pages;
pub mod reply;
pub mod request;
pub mod routes;
pub mod state;
pub mod time;
pub mod view;
