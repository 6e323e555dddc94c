//! Serves the message archive over HTTP: search, single messages, counts, charts and pages.
//!
//! `params` turns query strings into typed values, `routes` asks the archive, `message_view`
//! writes the answer. Everything that is checked before the archive is asked is pure.

pub mod access_log;
pub mod app;
pub mod card;
pub mod chart;
pub mod config;
pub mod cors;
pub mod cors_rules;
pub mod error;
pub mod humanise;
pub mod jsonp;
pub mod message_view;
pub mod meta;
pub mod mount;
pub mod negotiation;
pub mod pages;
pub mod params;
pub mod query;
pub mod routes;
pub mod state;
pub mod time;
