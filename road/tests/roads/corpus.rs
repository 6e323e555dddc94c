//! Whole stories of builds, whose tables of stages were written by hand.

use std::{env, fs, path::PathBuf};

use chrono::NaiveDateTime;
use proptest::prelude::*;
use pythonic::iso_time;
use road::{Message, Road, Stage, Word};
use serde_json::Value;

use crate::archive::{Archive, Stored};

/// A line of the corpus that tells what must be answered at a moment.
struct Moment {
    story: String,
    after: u64,
    at: NaiveDateTime,
    subject: String,
    road: Value,
}

/// Messages in the order of arrival, each with its story and number there, and moments.
struct Corpus {
    messages: Vec<(String, u64, Stored)>,
    moments: Vec<Moment>,
}

/// The stories, if the folder with reference data is at hand.
fn corpus() -> Option<Corpus> {
    let root = env::var_os("SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
        PathBuf::from,
    );
    let path = root.join("corpus/road.ndjson");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!(
            "SKIPPED: no {} (set SHARED_DATA to the folder with the reference data)",
            path.display()
        );
        return None;
    };
    let mut corpus = Corpus {
        messages: Vec::new(),
        moments: Vec::new(),
    };
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        let story = text_of(&line["story"]);
        if line["topic"].is_string() {
            let number = corpus.messages.len();
            let after = line["n"].as_u64().expect("n is a number");
            corpus.messages.push((story, after, stored(&line, number)));
        } else {
            for moment in line["expect"].as_array().expect("expect is a list") {
                corpus.moments.extend(moments(&story, moment));
            }
        }
    }
    Some(corpus)
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn time_of(value: &Value) -> NaiveDateTime {
    iso_time::parse(value.as_str().expect("a time is a text")).expect("a time")
}

fn stored(line: &Value, number: usize) -> Stored {
    let sent = &line["headers"]["sent-at"];
    let subjects = line["subjects"].as_array().expect("subjects are a list");
    Stored {
        message: Message {
            id: text_of(&line["id"]),
            number: i64::try_from(number).expect("few messages"),
            time: time_of(if sent.is_string() {
                sent
            } else {
                &line["received"]
            }),
            topic: text_of(&line["topic"]),
            body: line["body"].clone(),
        },
        subjects: subjects.iter().map(text_of).collect(),
    }
}

fn moments(story: &str, moment: &Value) -> Vec<Moment> {
    let roads = moment["roads"].as_object().expect("roads by subject");
    let moment = |(subject, road): (&String, &Value)| Moment {
        story: story.to_owned(),
        after: moment["after"].as_u64().expect("after is a number"),
        at: time_of(&moment["at"]),
        subject: subject.clone(),
        road: road.clone(),
    };
    roads.iter().map(moment).collect()
}

/// Where a road differs from what is expected, in words.
fn differences(road: &Road, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, found: Value| {
        let wanted = expected.get(what);
        if wanted.is_some_and(|wanted| *wanted != found) {
            differences.push(format!(
                "{what}: {found} and not {}",
                wanted.unwrap_or(&Value::Null)
            ));
        }
    };
    compare("package", road.package.clone().into());
    compare("branch", road.branch.clone().into());
    compare("update", road.update.clone().into());
    compare("tags", road.tags.clone().into());
    for (name, wanted) in expected["stages"].as_object().expect("stages by name") {
        let stage = Stage::parse(name).expect("the stage has a name");
        let found = road.word(stage).map(Word::as_str);
        if found != wanted.as_str() {
            differences.push(format!("{name}: {found:?} and not {wanted}"));
        }
    }
    differences
}

/// Where the roads of all moments differ from what is expected.
fn check(archive: &Archive, moments: &[&Moment], with_time: bool) -> Vec<String> {
    let mut faults = Vec::new();
    for moment in moments {
        let road = archive.road(&moment.subject, with_time.then_some(moment.at));
        let of = |difference| {
            format!(
                "{} {} {}: {difference}",
                moment.story, moment.after, moment.subject
            )
        };
        faults.extend(differences(&road, &moment.road).into_iter().map(of));
    }
    faults
}

#[test]
fn all_stories_at_once_tell_each_moment_by_its_time() {
    let Some(corpus) = corpus() else { return };
    let archive = Archive::new(
        corpus
            .messages
            .into_iter()
            .map(|(_, _, stored)| stored)
            .collect(),
    );
    let moments: Vec<&Moment> = corpus.moments.iter().collect();
    let faults = check(&archive, &moments, true);
    assert!(
        faults.is_empty(),
        "{} differences:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn a_story_as_far_as_it_has_come_tells_the_moment() {
    let Some(corpus) = corpus() else { return };
    for moment in &corpus.moments {
        let known = corpus
            .messages
            .iter()
            .filter(|(story, n, _)| *story == moment.story && *n <= moment.after);
        let archive = Archive::new(known.map(|(_, _, stored)| stored.clone()).collect());
        let faults = check(&archive, &[moment], false);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}

#[test]
fn a_task_that_failed_ended_so_though_its_build_was_built_again() {
    let Some(corpus) = corpus() else { return };
    let messages = corpus.messages.into_iter();
    let archive = Archive::new(messages.map(|(_, _, stored)| stored).collect());
    let failed = archive.road("task:131014501", None);
    assert_eq!(failed.word(Stage::Build), Some(Word::Failed));
    assert!(!failed.can_become(Stage::Build, Word::Passed));
    assert_eq!(failed.built_again_by.as_deref(), Some("131014580"));
    let again = archive.road("task:131014580", None);
    let words = [Stage::Build, Stage::Ci].map(|stage| again.word(stage));
    assert_eq!(words, [Some(Word::Passed); 2]);
}

#[test]
fn few_rounds_and_few_messages_are_enough() {
    let Some(corpus) = corpus() else { return };
    let archive = Archive::new(
        corpus
            .messages
            .into_iter()
            .map(|(_, _, stored)| stored)
            .collect(),
    );
    for moment in &corpus.moments {
        let (_, effort) = archive.roads(&moment.subject, Some(moment.at));
        assert!(
            effort.rounds <= 4,
            "{} took {} rounds",
            moment.subject,
            effort.rounds
        );
        assert!(
            effort.answers <= 100,
            "{} took {} messages",
            moment.subject,
            effort.answers
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn order_of_arrival_and_repetition_change_nothing(seed in any::<u64>()) {
        let Some(corpus) = corpus() else { return Ok(()) };
        let mut messages: Vec<Stored> = corpus.messages.into_iter().map(|(_, _, stored)| stored).collect();
        messages.extend(messages.clone());
        let mut state = seed | 1;
        for place in (1..messages.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from(state >> 33).expect("31 bits") % (place + 1);
            messages.swap(place, other);
        }
        for (number, stored) in messages.iter_mut().enumerate() {
            stored.message.number = i64::try_from(number).expect("few messages");
        }
        let archive = Archive::new(messages);
        let moments: Vec<&Moment> = corpus.moments.iter().collect();
        let faults = check(&archive, &moments, true);
        prop_assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
