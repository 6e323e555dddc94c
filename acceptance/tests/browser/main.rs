//! grepper's pages as people see them: in the distribution's Chromium, over archives that are filled for it.
//!
//! What is looked at is in `suite/`, in Python; here is what it runs against. `BROWSER_PAGES` has only those pages
//! looked at whose names begin with its words, such as `BROWSER_PAGES="search message"`.

#[path = "../support/mod.rs"]
mod support;

mod archives;
mod environment;
mod hostile;
mod suite;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::archives::Archive;
use crate::suite::{look, look_at_cost, look_at_itself};

#[test]
fn what_is_wrong_is_seen() {
    look_at_itself();
}

#[test]
fn pages_are_sound_with_script() {
    look("pages", &["--script"], Archive::usual);
}

#[test]
fn pages_are_sound_without_script() {
    look("pages", &[], Archive::usual);
}

#[test]
fn links_lead_somewhere() {
    look("links", &[], Archive::usual);
}

#[test]
fn pages_ask_little_and_weigh_little() {
    look_at_cost(Archive::usual);
}

#[test]
fn who_searches_by_hand_finds_what_scripts_find() {
    look("searching", &[], Archive::usual);
}

#[test]
fn charts_and_widgets_are_made_as_they_are_chosen() {
    look("building", &[], Archive::usual);
}

#[test]
fn keys_and_copying_are_at_hand() {
    look("handy", &[], Archive::usual);
}

#[test]
fn times_are_told_in_the_chosen_zone() {
    look("zones", &[], Archive::usual);
}

#[test]
fn hostile_messages_do_no_harm() {
    look("hostile", &[], Archive::hostile);
}

#[test]
fn widgets_show_messages_on_other_sites() {
    look("widget", &[], Archive::usual);
}

#[test]
fn who_follows_the_links_sees_each_message_once_while_others_arrive() {
    let archive = Archive::short();
    let looked = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| archive.flow(50, || looked.load(Ordering::Relaxed)));
        let outcome = std::panic::catch_unwind(|| look("paging", &[], || &archive));
        looked.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}
