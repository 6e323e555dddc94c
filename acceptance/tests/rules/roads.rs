//! Roads told by grepper of what nommer archived, against whole stories whose tables were written by hand.

use std::time::Duration;

use serde_json::{Value, json};

use crate::extract::database;
use crate::support::amqp::{Publisher, from_json};
use crate::support::programs::{Grepper, Nommer, config};
use crate::support::{eventually, rows, shared_data};

/// A message of a story, as it is published.
type Published = (String, Value, Vec<u8>);

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Messages that gave no time get that of their arrival, as nobody waits for it here.
fn published(line: &Value) -> Published {
    let mut headers = line["headers"].as_object().cloned().unwrap_or_default();
    headers
        .entry("sent-at")
        .or_insert_with(|| line["received"].clone());
    let properties =
        json!({"message_id": line["id"], "content_encoding": "utf-8", "headers": headers});
    (
        text(&line["topic"]).to_owned(),
        properties,
        line["body"].to_string().into_bytes(),
    )
}

/// A grepper over an archive of these messages, which came from the bus in this order.
fn told_of(messages: &[&Published], distinct: usize, queue: &str) -> Grepper {
    let (postgres, database) = database();
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let mut nommer = Nommer::start(&config(&rabbit.url(), &database.url, queue, "#"));
    nommer
        .process
        .wait_for_line("consuming", Duration::from_secs(60))
        .expect("it consumes");
    let deliveries = messages
        .iter()
        .map(|(topic, properties, body)| (topic.clone(), from_json(properties), body.clone()));
    Publisher::connect(&rabbit.url()).publish_all(deliveries);
    let count = || rows(postgres, &database.name, "SELECT count(*) FROM messages");
    eventually("all are stored", Duration::from_secs(120), || {
        count() == [distinct.to_string()]
    });
    assert_eq!(nommer.terminate(), Some(0));
    Grepper::start(&database.url, &[])
}

/// Asks for the road of a subject at a moment.
fn road(grepper: &Grepper, subject: &str, at: &str) -> Value {
    let (kind, name) = subject.split_once(':').expect("a subject");
    let name = name.replace('#', "%23").replace('+', "%2b");
    let at = at.replace('+', "%2b");
    let answer = grepper.get(&format!("/v2/road?{kind}={name}&as_of={at}"));
    assert_eq!(answer.status, 200, "{subject}: {}", answer.body);
    answer.json()
}

/// Where an answer differs from what is expected.
fn differences(answer: &Value, expected: &Value) -> Vec<String> {
    let found = &answer["roads"][0];
    let mut differences = Vec::new();
    for what in ["package", "branch", "update", "tags"] {
        if expected
            .get(what)
            .is_some_and(|value| *value != found[what])
        {
            let (found, expected) = (&found[what], &expected[what]);
            differences.push(format!("{what}: {found} and not {expected}"));
        }
    }
    for (stage, word) in expected["stages"].as_object().expect("stages") {
        let told = &found["stages"][stage];
        if told["word"] != *word {
            differences.push(format!("{stage}: {told} and not {word}"));
        }
        let silent = told["messages"].as_array().is_none_or(Vec::is_empty);
        if *word != "none" && (silent || !told["since"].is_string()) {
            differences.push(format!("{stage}: {told} without a reason"));
        }
    }
    if answer["complete"] != true {
        differences.push("not complete".to_owned());
    }
    differences
}

/// Compares all moments of all stories, each of which is told alike when it is asked for again.
fn check(grepper: &Grepper, stories: &[Value]) {
    let mut faults = Vec::new();
    for moment in stories
        .iter()
        .filter_map(|line| line["expect"].as_array())
        .flatten()
    {
        for (subject, expected) in moment["roads"].as_object().expect("roads") {
            let answer = road(grepper, subject, text(&moment["at"]));
            let told = differences(&answer, expected).into_iter();
            faults.extend(told.map(|told| format!("{subject} at {}: {told}", moment["at"])));
            let again = road(grepper, subject, text(&moment["at"]));
            assert_eq!(again["cursor"], answer["cursor"], "{subject}");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The messages in another order, which is always one and the same.
fn shuffled<'a>(messages: &[&'a Published]) -> Vec<&'a Published> {
    let mut shuffled = messages.to_vec();
    let mut state = 7_u64;
    for place in (1..shuffled.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(state >> 33).expect("31 bits") % (place + 1);
        shuffled.swap(place, other);
    }
    shuffled
}

#[test]
fn whole_stories_are_told_at_each_moment_in_whatever_order_they_came() {
    let Some(stories) = shared_data::ndjson("corpus/road.ndjson") else {
        return;
    };
    let messages = stories.iter().filter(|line| line["topic"].is_string());
    let messages: Vec<Published> = messages.map(published).collect();
    let in_order: Vec<&Published> = messages.iter().collect();
    check(
        &told_of(&in_order, messages.len(), "roads-in-order"),
        &stories,
    );
    let mut twice = shuffled(&in_order);
    twice.extend(shuffled(&twice));
    check(&told_of(&twice, messages.len(), "roads-shuffled"), &stories);
}

#[test]
fn what_nobody_spoke_of_has_no_road_but_a_build() {
    let (_, database) = database();
    let grepper = Grepper::start(&database.url, &[]);
    for subject in ["update:FEDORA-2026-1", "task:7", "package:a", "pr:rpms/a#7"] {
        assert_eq!(road(&grepper, subject, "2026-01-01")["roads"], json!([]));
    }
    let answer = road(&grepper, "nvr:a-1-1.fc45", "2026-01-01");
    assert_eq!(
        answer["asked"],
        json!({"nvr": "a-1-1.fc45", "environment": "prod"})
    );
    assert_eq!(answer["as_of"], "2026-01-01T00:00:00+00:00");
    let road = &answer["roads"][0];
    assert_eq!(
        (&road["subject"], &road["kind"]),
        (&"nvr:a-1-1.fc45".into(), &"nvr".into())
    );
    let stages = road["stages"].as_object().expect("stages");
    assert_eq!(stages.len(), 13);
    let nothing = json!({"word": "none", "since": null, "messages": []});
    assert!(stages.values().all(|stage| *stage == nothing), "{answer}");
}

#[test]
fn a_wrong_value_is_refused_by_name() {
    let (_, database) = database();
    let grepper = Grepper::start(&database.url, &[]);
    for (query, parameter, given) in [
        ("", "(subject)", ""),
        ("nvr=a-1-1&task=7", "task", "7"),
        ("nvr=a", "nvr", "a"),
        ("pr=a", "pr", "a"),
        ("task=a", "task", "a"),
        ("build=a", "build", "a"),
        ("commit=a", "commit", "a"),
        ("update=", "update", ""),
        ("package=", "package", ""),
        ("package=a&branch=", "branch", ""),
        ("package=a&as_of=soonish", "as_of", "soonish"),
        ("package=a&environment=dev", "environment", "dev"),
        ("package=a&callback=1", "callback", "1"),
        ("package=a%00", "package", "a\0"),
    ] {
        let answer = grepper.get(&format!("/v2/road?{query}"));
        assert_eq!(answer.status, 400, "{query}: {}", answer.body);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        let body = answer.json();
        assert_eq!(
            (&body["parameter"], &body["given"]),
            (&parameter.into(), &given.into()),
            "{query}"
        );
        assert!(!text(&body["allowed"]).is_empty(), "{query}");
    }
}
