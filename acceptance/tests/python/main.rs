//! The incumbents' own Python programs against ours.

#[path = "../support/mod.rs"]
mod support;

mod environment;
mod fedora_messaging;
mod httpie;
mod models;
