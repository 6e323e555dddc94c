//! `nommer adopt`: an archive of the incumbent becomes ours.

#[path = "../support/mod.rs"]
mod support;

mod both;
mod killed;
mod least_rights;
mod letters;
mod living;
mod restarts;
mod room;
mod told;
