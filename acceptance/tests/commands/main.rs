//! The incumbent's commands, by their names and by ours.

#[path = "../support/mod.rs"]
mod support;

mod audit;
mod audit_peer;
mod audit_random;
mod chance;
mod dump;
mod golden;
mod import;
mod import_damaged;
mod import_formats;
mod import_slow;
mod middleman;
mod moody;
mod moved;
mod replay;
mod site;
mod told;
mod typed;
