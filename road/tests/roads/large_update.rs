//! An update of hundreds of builds, of which each of Bodhi's messages names all.

use crate::story::{Shown, Story, commit};

pub const ALIAS: &str = "FEDORA-2026-aaaaaaaaaa";
pub const STABLE: &str = "bodhi_update_push_stable";

/// The name of one of the builds.
pub fn nvr(number: usize) -> String {
    format!("bird{number}-1.0-1.fc90")
}

/// The update, from the builds to testing, with some comments and, between these, a decision about each build.
pub fn story(builds: usize) -> Story {
    let mut story = Story::default();
    let nvrs: Vec<String> = (0..builds).map(nvr).collect();
    for (number, nvr) in nvrs.iter().enumerate() {
        let task = u32::try_from(10_000 + number).expect("few builds");
        story.build(nvr, task, 1, &commit('a'));
        story.tag(nvr, "f90-updates-candidate");
        story.tag(nvr, "f90-updates-testing-pending");
        story.test(nvr, task, false, "complete", "passed");
    }
    let names: Vec<&str> = nvrs.iter().map(String::as_str).collect();
    let mut shown = Shown::new(ALIAS, &names);
    for _ in 0..15 {
        story.update("comment", &shown);
    }
    for nvr in &nvrs {
        story.decision("koji_build", nvr, STABLE, "fedora-90", "test-result-passed");
    }
    for _ in 0..15 {
        story.update("comment", &shown);
    }
    shown.status = "testing";
    story.update("complete.testing", &shown);
    story
}
