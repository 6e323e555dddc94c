//! Servers and programs that fail under load: every message that the broker confirmed is stored,
//! and stored once.

#[path = "../support/mod.rs"]
mod support;

mod broker_away;
mod database_away;
mod killed;
mod stack;
mod stream;
