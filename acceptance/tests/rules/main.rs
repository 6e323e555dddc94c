//! Rules in operation: checked, tried, read again, asked again, and what they change of what is stored.

#[path = "../support/mod.rs"]
mod support;

mod check;
mod extract;
mod extract_interrupted;
mod huge_update;
mod pages;
mod read_again;
mod remembered;
mod roads;
mod roads_told;
mod stored;
mod subjects;
mod waiting;
mod waiting_scripts;
mod zoo;
