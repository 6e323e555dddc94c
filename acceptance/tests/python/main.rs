//! The incumbents' own Python programs against ours.

#[path = "../support/mod.rs"]
mod support;

mod analysis;
mod datagrepper;
mod environment;
mod fedora_messaging;
mod httpie;
mod incumbent;
mod models;
mod record;
mod schemas;
mod shapes;
mod switching;
