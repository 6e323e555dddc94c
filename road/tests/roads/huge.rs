//! An update of hundreds of builds, of which each of Bodhi's messages names all.

use crate::archive::Effort;
use crate::story::{Shown, Story, commit};
use road::{Stage, Word};

const BUILDS: usize = 300;
const ALIAS: &str = "FEDORA-2026-aaaaaaaaaa";
const STABLE: &str = "bodhi_update_push_stable";

/// The name of one of the builds.
fn nvr(number: usize) -> String {
    format!("bird{number}-1.0-1.fc90")
}

/// The update, from the builds to testing, with a decision about each build and some comments.
fn story() -> Story {
    let mut story = Story::default();
    let nvrs: Vec<String> = (0..BUILDS).map(nvr).collect();
    for (number, nvr) in nvrs.iter().enumerate() {
        let task = u32::try_from(10_000 + number).expect("few builds");
        story.build(nvr, task, 1, &commit('a'));
        story.tag(nvr, "f90-updates-candidate");
        story.tag(nvr, "f90-updates-testing-pending");
        story.test(nvr, task, false, "complete", "passed");
        story.decision("koji_build", nvr, STABLE, "fedora-90", "test-result-passed");
    }
    let names: Vec<&str> = nvrs.iter().map(String::as_str).collect();
    let mut shown = Shown::new(ALIAS, &names);
    for _ in 0..30 {
        story.update("comment", &shown);
    }
    shown.status = "testing";
    story.update("complete.testing", &shown);
    story
}

/// How many subjects all questions together name that are not `subject`.
fn foreign(effort: &Effort, subject: &str) -> usize {
    let named = effort
        .questions
        .iter()
        .flat_map(|question| &question.subjects);
    named.filter(|named| *named != subject).count()
}

#[test]
fn a_road_of_one_build_reads_only_decisions_of_the_others() {
    let archive = story().archive();
    let subject = format!("nvr:{}", nvr(7));
    let (roads, effort) = archive.roads(&subject, None);
    assert_eq!(roads[0].word(Stage::Gating), Some(Word::Passed));
    assert_eq!(roads[0].word(Stage::Testing), Some(Word::Passed));
    for question in &effort.questions {
        let beside = question
            .subjects
            .iter()
            .filter(|asked| asked.starts_with("nvr:") && **asked != subject);
        if beside.count() > 0 {
            assert_eq!(question.topics, ["greenwave.decision.update"]);
        }
    }
    assert!(effort.rounds <= 4, "{} rounds", effort.rounds);
    assert!(
        effort.questions.len() <= 12,
        "{} questions",
        effort.questions.len()
    );
    assert!(
        effort.answers <= BUILDS + 100,
        "{} messages",
        effort.answers
    );
    assert!(foreign(&effort, &subject) <= BUILDS + 20);
}

#[test]
fn a_road_of_the_update_reads_its_messages_once() {
    let mut story = story();
    story.decision(
        "koji_build",
        &nvr(299),
        STABLE,
        "fedora-90",
        "test-result-failed",
    );
    let archive = story.archive();
    let (roads, effort) = archive.roads(&format!("update:{ALIAS}"), None);
    let road = &roads[0];
    assert_eq!(road.word(Stage::Gating), Some(Word::Failed));
    assert_eq!(road.word(Stage::Ci), Some(Word::Passed));
    assert_eq!(
        road.tags,
        ["f90-updates-candidate", "f90-updates-testing-pending"]
    );
    assert!(road.stages.iter().all(|step| step.messages.len() <= 10));
    assert!(effort.rounds <= 4, "{} rounds", effort.rounds);
    assert!(
        effort.questions.len() <= 20,
        "{} questions",
        effort.questions.len()
    );
    assert!(
        effort.answers <= 2 * story.messages.len(),
        "{} messages",
        effort.answers
    );
}

#[test]
fn it_is_told_how_many_names_the_largest_message_has() {
    let archive = story().archive();
    let most_named = |subject: &str| archive.collect(subject, None).0.most_named();
    assert_eq!(most_named(&format!("update:{ALIAS}")), BUILDS);
    assert_eq!(most_named("pr:rpms/bird#1"), 0);
}
