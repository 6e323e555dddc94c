//! Roads of updates of hundreds of builds.

use crate::archive::Effort;
use crate::large_update::{ALIAS, STABLE, nvr, story};
use crate::story::{Shown, Story};
use road::{Stage, Word};

const BUILDS: usize = 300;

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
    let archive = story(BUILDS).archive();
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
fn of_very_many_other_builds_some_are_looked_at() {
    let subject = format!("nvr:{}", nvr(7));
    let mut story = story(BUILDS + 10);
    let archive = story.archive();
    let (roads, effort) = archive.roads(&subject, None);
    assert!(foreign(&effort, &subject) <= BUILDS + 20);
    assert!(!archive.is_complete(&subject), "another may hold it up");
    let gate = roads[0].step(Stage::Gating).expect("a build has it");
    assert_eq!(gate.word, Word::Waiting, "not known to be through");
    assert!(gate.can_become(Word::Passed) && gate.can_become(Word::Failed));
    assert_eq!(roads[0].word(Stage::Build), Some(Word::Passed));
    assert_eq!(roads[0].word(Stage::Testing), Some(Word::Passed));
    // Names sort as texts: the one is looked at, and the other is not.
    for (other, complete) in [(99, false), (1, true)] {
        let failed = "test-result-failed";
        story.decision("koji_build", &nvr(other), STABLE, "fedora-90", failed);
        assert_eq!(story.archive().is_complete(&subject), complete);
    }
    let road = story.archive().road(&subject, None);
    assert_eq!(road.word(Stage::Gating), Some(Word::Failed));
}

#[test]
fn a_road_of_an_update_of_very_many_builds_says_that_it_is_not_complete() {
    let mut story = Story::default();
    for (builds, complete) in [(1000, true), (1100, false)] {
        let names: Vec<String> = (0..builds).map(nvr).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        story.ready(&Shown::new(ALIAS, &names));
        let archive = story.archive();
        let (closure, _) = archive.collect(&format!("update:{ALIAS}"), None);
        assert_eq!(closure.is_complete(), complete);
        assert_eq!(closure.roads()[0].builds.len(), 1000);
    }
}

#[test]
fn nothing_has_passed_in_an_update_of_which_some_builds_are_not_looked_at() {
    let mut story = Story::default();
    let names: Vec<String> = (0..1100).map(nvr).collect();
    for (number, name) in names.iter().enumerate() {
        let task = u32::try_from(10_000 + number).expect("few builds");
        story.build(name, task, 1, &crate::story::commit('a'));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut shown = Shown::new(ALIAS, &names);
    story.decision(
        "bodhi_update",
        ALIAS,
        STABLE,
        "fedora-90",
        "test-result-passed",
    );
    shown.status = "testing";
    story.update("complete.testing", &shown);
    let update = format!("update:{ALIAS}");
    let road = story.archive().road(&update, None);
    assert_eq!(road.word(Stage::Build), Some(Word::Waiting));
    assert_eq!(road.word(Stage::Gating), Some(Word::Waiting));
    assert_eq!(road.word(Stage::Testing), Some(Word::Passed));
    shown.status = "stable";
    story.update("complete.stable", &shown);
    let road = story.archive().road(&update, None);
    assert_eq!(road.word(Stage::Stable), Some(Word::Passed));
}

#[test]
fn a_road_of_the_update_reads_its_messages_once() {
    let mut story = story(BUILDS);
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
    let archive = story(BUILDS).archive();
    let most_named = |subject: &str| archive.collect(subject, None).0.most_named();
    assert_eq!(most_named(&format!("update:{ALIAS}")), BUILDS);
    assert_eq!(most_named("pr:rpms/bird#1"), 0);
}
