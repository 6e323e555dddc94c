//! Roads told by grepper of what nommer archived, against whole stories whose tables were written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use acceptance::road_path;
use chrono::Utc;
use devstack::Database;
use lapin::BasicProperties;
use serde_json::{Value, json};
use simulator::Random;

use crate::extract::{database, extract};
use crate::support::amqp::{Publisher, from_json};
use crate::support::http::request;
use crate::support::programs::{Grepper, Nommer, config_apart, verify_counters};
use crate::support::{eventually, rows, shared_data};
use crate::zoo::Directory;

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A message as it is published: topic, properties and body.
fn published(line: &Value) -> (String, BasicProperties, Vec<u8>) {
    let properties = json!({
        "message_id": line["id"], "content_encoding": "utf-8", "headers": line["headers"],
    });
    let body = line["body"].to_string();
    (
        text(&line["topic"]).to_owned(),
        from_json(&properties),
        body.into_bytes(),
    )
}

/// The lines that are messages.
fn messages(stories: &[Value]) -> Vec<&Value> {
    let has_topic = |line: &&Value| line["topic"].is_string();
    stories.iter().filter(has_topic).collect()
}

/// An archive of these deliveries, which came from the bus in this order; `settings` are further ones of nommer.
pub fn archive_of(
    deliveries: impl IntoIterator<Item = (String, BasicProperties, Vec<u8>)>,
    count: usize,
    queue: &'static str,
    settings: &str,
) -> Database {
    let (postgres, database) = database();
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let publisher = Publisher::connect(&rabbit.url()).apart(queue);
    let usual = config_apart(&rabbit.url(), &database.url, queue, queue);
    let mut nommer = Nommer::start(&(usual + settings));
    nommer
        .process
        .wait_for_line("consuming", Duration::from_secs(60))
        .expect("it consumes");
    publisher.publish_all(deliveries);
    let stored = || rows(postgres, &database.name, "SELECT count(*) FROM messages");
    eventually("all are stored", Duration::from_secs(120), || {
        stored() == [count.to_string()]
    });
    assert_eq!(nommer.terminate(), Some(0));
    database
}

/// An archive of the lines of stories. Messages that gave no time get that of their arrival, as nobody waits for it.
fn archived(lines: &[&Value], queue: &'static str, settings: &str) -> Database {
    let distinct: BTreeSet<&str> = lines.iter().map(|line| text(&line["id"])).collect();
    let deliveries = lines.iter().map(|line| published(line));
    let database = archive_of(deliveries, distinct.len(), queue, settings);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let late = lines
        .iter()
        .filter(|line| !line["headers"]["sent-at"].is_string());
    let arrivals =
        late.map(|line| format!("('{}', '{}')", text(&line["id"]), text(&line["received"])));
    let arrivals: Vec<String> = arrivals.collect();
    let arrived = format!(
        "UPDATE messages SET \"timestamp\" = late.at::timestamptz AT TIME ZONE 'UTC'
         FROM (VALUES {}) AS late (msg_id, at) WHERE messages.msg_id = late.msg_id",
        arrivals.join(", ")
    );
    postgres.run_sql(&database.name, &arrived).expect("arrived");
    database
}

/// A value as it is written in an address.
fn encoded(subject: &str) -> String {
    subject.replace('#', "%23").replace('+', "%2b")
}

/// Asks for the road of a subject at a moment.
fn road(grepper: &Grepper, subject: &str, at: &str) -> Value {
    let at = encoded(at);
    let answer = grepper.get(&format!("{}&as_of={at}", road_path(subject)));
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
fn check_roads(grepper: &Grepper, stories: &[Value]) {
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

/// Asks for the messages of each subject that any message has: they are those that have it, and no other.
fn check_subjects(grepper: &Grepper, database: &Database, stories: &[Value]) {
    let mut expected: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut pairs = 0;
    for line in messages(stories) {
        for subject in line["subjects"].as_array().expect("subjects") {
            let of_subject = expected.entry(text(subject)).or_default();
            of_subject.insert(text(&line["id"]));
            pairs += 1;
        }
    }
    for (subject, ids) in expected {
        let path = format!(
            "/v2/search?start=1&rows_per_page=100&subject={}",
            encoded(subject)
        );
        let answer = grepper.get(&path).json();
        let found = answer["raw_messages"].as_array().expect("messages");
        let found: BTreeSet<&str> = found.iter().map(|message| text(&message["id"])).collect();
        assert_eq!(found, ids, "{subject}");
        assert_eq!(answer["total"], ids.len(), "{subject}");
    }
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let stored =
        "SELECT count(*) FILTER (WHERE component <> 0) + coalesce(sum(cardinality(subjects)), 0)
                  FROM message_subjects";
    assert_eq!(
        rows(postgres, &database.name, stored),
        [pairs.to_string()],
        "and no message has another subject"
    );
}

/// Pages of updates lead to their builds, and pages of what failed tell what the messages say that tell of it.
fn check_pages(grepper: &Grepper, stories: &[Value]) {
    let (mut builds, mut reasons) = (0, 0);
    let moments = stories.iter().filter_map(|line| line["expect"].as_array());
    for moment in moments.flatten() {
        let at = encoded(text(&moment["at"]));
        for (subject, expected) in moment["roads"].as_object().expect("roads") {
            let page = |subject: &str| {
                let path = format!("{}&as_of={at}", road_path(subject));
                let url = format!("{}{path}", grepper.authority);
                request("GET", &url, &[("Accept", "text/html")]).body
            };
            if let (Some(nvr), Some(alias)) =
                (subject.strip_prefix("nvr:"), expected["update"].as_str())
            {
                let update = format!("update:{alias}");
                let listed =
                    road(grepper, &update, text(&moment["at"]))["roads"][0]["builds"].take();
                let listed = listed.as_array().expect("a list of builds");
                assert!(listed.contains(&json!(nvr)), "{nvr} of {alias}: {listed:?}");
                let page = page(&update);
                let link = format!(
                    "/v2/road?nvr={}",
                    nvr.replace('+', "%2B").replace('^', "%5E")
                );
                assert!(page.contains(&link), "{link} of {alias}: {page}");
                builds += 1;
            }
            let stages = expected["stages"].as_object().expect("stages");
            if stages.values().any(|word| word == "failed") {
                let page = page(subject);
                assert!(page.contains("class=\"reason\""), "{subject}: {page}");
                let mut told = page.split("class=\"reason\">").skip(1);
                // A topic, which stands for what has no sentence, is a single word.
                let are_sentences =
                    told.all(|told| told.split('<').next().unwrap_or_default().contains(' '));
                assert!(
                    are_sentences,
                    "no sentence for what fails {subject}: {page}"
                );
                reasons += 1;
            }
        }
    }
    assert!(builds > 10 && reasons > 10, "{builds} and {reasons}");
}

/// Compares all that is known of the stories.
fn check(database: &Database, stories: &[Value]) {
    let grepper = Grepper::start(&database.url, &[]);
    check_subjects(&grepper, database, stories);
    check_roads(&grepper, stories);
}

/// The messages in another order.
fn shuffled<'a>(lines: &[&'a Value], seed: u64) -> Vec<&'a Value> {
    let mut shuffled = lines.to_vec();
    let mut random = Random::new(seed);
    for place in (1..shuffled.len()).rev() {
        shuffled.swap(place, random.index(place + 1));
    }
    shuffled
}

#[test]
fn whole_stories_are_told_at_each_moment() {
    let Some(stories) = shared_data::ndjson("corpus/road.ndjson") else {
        return;
    };
    let database = archived(&messages(&stories), "roads-in-order", "");
    check(&database, &stories);
    check_pages(&Grepper::start(&database.url, &[]), &stories);
}

#[test]
fn order_of_arrival_and_repetition_change_nothing_of_stories() {
    let Some(stories) = shared_data::ndjson("corpus/road.ndjson") else {
        return;
    };
    // Another one each time, as any order must do.
    let seed = Utc::now().timestamp_micros().unsigned_abs();
    println!("shuffled by {seed}");
    let mut twice = shuffled(&messages(&stories), seed);
    twice.extend(shuffled(&twice, seed + 1));
    let database = archived(&twice, "roads-shuffled", "");
    check(&database, &stories);
}

#[test]
fn stories_that_came_before_there_were_rules_are_told_once_their_subjects_are_extracted() {
    let Some(stories) = shared_data::ndjson("corpus/road.ndjson") else {
        return;
    };
    let lines = messages(&stories);
    // A table that tells nothing takes the place of each that is built in.
    let about = |line: &&Value| {
        text(&line["topic"])
            .splitn(4, '.')
            .nth(3)
            .map(str::to_owned)
    };
    let topics: BTreeSet<String> = lines.iter().filter_map(about).collect();
    let silence = Directory::empty();
    let topics = Vec::from_iter(topics);
    silence.write(&format!("[[subjects]]\ntopics = {topics:?}\n"));
    let setting = format!("rules_directory = \"{}\"\n", silence.path());
    let database = archived(&lines, "roads-before-rules", &setting);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let stored = "SELECT count(*) FROM message_subjects";
    assert_eq!(rows(postgres, &database.name, stored), ["0"]);

    let (code, _, stderr) = extract(&database, &["subjects"]);
    assert_eq!(code, Some(0), "{stderr}");
    check(&database, &stories);
    verify_counters(&database.url);
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
        ("", "nvr, update, task, pr, commit, build, package", ""),
        ("nvr=a-1-1&task=7", "task", "7"),
        ("nvr=a", "nvr", "a"),
        ("nvr=%25-1-1", "nvr", "%-1-1"),
        ("nvr=%C3%A9-1-1", "nvr", "é-1-1"),
        ("package=a&branch=f45&branch=f42", "branch", "f42"),
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
