//! Servers and programs that fail under load: every message that the broker confirmed is stored,
//! and stored once.

#[path = "../support/mod.rs"]
mod support;

mod alerts;
mod alive;
mod back_pressure;
mod broker_away;
mod broker_cluster;
mod checks;
mod database_away;
mod delivery_limits;
mod far;
mod followed;
mod frozen;
mod held_up;
mod kept_offsets;
mod killed;
mod machines;
mod releases;
mod replayed;
mod replicas;
mod restored;
mod several;
mod silent_servers;
mod stack;
mod status;
mod strangers;
mod stream;
mod streams;
mod support_bundle;
mod turning;
mod upgraded;
mod versions;
mod watched;
