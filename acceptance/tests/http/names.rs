//! Each name has a page, whatever it is called, and what the page tells is what a naive count says.

use std::collections::{BTreeMap, BTreeSet};

use archive::{Body, Identity, NewMessage, Subject};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use devstack::Database;
use serde_json::{Map, Value, json};

use crate::support::http::{Answer, request};
use crate::support::programs::{Grepper, migrate};
use crate::support::sample_archive::writer;

/// Names that some paths or pages would get wrong.
const ODD: [&str; 18] = [
    "kernel",
    "gcc-c++",
    "a/b",
    "100%",
    "%2F",
    "ü",
    " ",
    ".",
    "..",
    "a//b",
    "/",
    "a/",
    "a\nb",
    "name?x=1&y#z",
    "\\",
    "a;b=c",
    "<b>\"'",
    "a/../b",
];
const MESSAGES: i64 = 400;

fn database() -> Database {
    let database = devstack::shared_postgres()
        .and_then(devstack::Postgres::fresh_database)
        .expect("a database");
    migrate(&database.url);
    database
}

/// What all names of the tests are.
fn odd_names() -> Vec<String> {
    let mut names: Vec<String> = ODD.map(str::to_owned).into();
    names.extend([String::new(), "x".repeat(255), "é".repeat(127)]);
    names
}

/// The message of this number; times go back by hours, most of them into the last weeks.
fn message(number: i64) -> NewMessage {
    let names = odd_names();
    let name = |n: i64| names[n.unsigned_abs() as usize % names.len()].clone();
    let named = |numbers: &[i64]| {
        let names: BTreeSet<String> = numbers.iter().map(|n| name(*n)).collect();
        names.into_iter().collect::<Vec<String>>()
    };
    let ago = TimeDelta::hours(number * number / 20) + TimeDelta::minutes(1);
    NewMessage {
        msg_id: format!("message-{number}"),
        identity: Identity::IdAndTime,
        topic: name(number),
        timestamp: now() - ago,
        category: name(number / 3),
        agent_name: Some(name(number / 2)).filter(|_| number % 4 != 0),
        body: Body::parse("{\"a\": 1}").expect("a body"),
        headers: Some(Map::new()),
        legacy: None,
        users: named(&[number, number * 7]),
        packages: named(&[number, number * 5 + 1, number * 11]),
        subjects: archive::Subjects::default(),
    }
}

fn now() -> NaiveDateTime {
    static NOW: std::sync::OnceLock<NaiveDateTime> = std::sync::OnceLock::new();
    *NOW.get_or_init(|| {
        let now = Utc::now().naive_utc();
        now - TimeDelta::nanoseconds(now.and_utc().timestamp_subsec_nanos().into())
    })
}

fn page(grepper: &Grepper, path: &str) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    request("GET", &url, &[("Accept", "text/html")])
}

/// An attribute as it is meant.
fn meant(attribute: &str) -> String {
    let entities = [
        ("&amp;", "&"),
        ("&#38;", "&"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&lt;", "<"),
    ];
    let mut text = attribute.to_owned();
    for (entity, char) in entities {
        text = text.replace(entity, char);
    }
    text
}

/// The address of the first link behind `mark`.
fn link_behind(html: &str, mark: &str) -> String {
    let (_, rest) = html
        .split_once(mark)
        .unwrap_or_else(|| panic!("{mark} in {html}"));
    let (_, rest) = rest.split_once("href=\"").expect("a link");
    meant(rest.split_once('"').expect("an end").0)
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn a_link_on_a_row_leads_to_a_page_of_the_same_name_with_the_numbers_of_a_naive_count() {
    let database = database();
    let all: Vec<NewMessage> = (0..MESSAGES).map(message).collect();
    writer(&database).store(&mut all.clone()).expect("stored");
    let grepper = Grepper::start(&database.url, &["--base-path", "/d"]);
    let mut asked = 0;
    for (kind, class) in [("package", "package"), ("user", "user"), ("topic", "topic")] {
        for name in odd_names() {
            // The first row has other names, too, so that one with this name alone is looked for by it.
            let found = page(
                &grepper,
                &format!("/d/v2/search?{kind}={}&rows_per_page=100", encoded(&name)),
            );
            let shown = format!("class=\"{class}\"");
            let links: BTreeSet<String> = found
                .body
                .match_indices(&shown)
                .map(|(at, _)| link_behind(&found.body[at..], &shown))
                .collect();
            let mut told = links.iter().filter_map(|path| {
                let answer = grepper.get(path);
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                let told = answer.json();
                (told["name"] == name.as_str()).then_some((path, told))
            });
            let (path, told) = told
                .next()
                .unwrap_or_else(|| panic!("{kind} {name:?}: {links:?}"));
            check(&all, kind, &name, &told);
            let html = page(&grepper, path);
            assert_eq!(html.status, 200, "{path}");
            let hidden = html.header("x-robots-tag");
            let is_hidden = kind == "user" || path.contains('?');
            assert_eq!(hidden, is_hidden.then_some("noindex"), "{path}");
            if kind == "topic" {
                let path = link_behind(&html.body, "<dt>Category</dt>");
                let told = grepper.get(&path).json();
                let of_topic = all.iter().find(|message| message.topic == name);
                assert_eq!(told["name"], of_topic.expect("one").category.as_str());
                check(
                    &all,
                    "category",
                    told["name"].as_str().expect("a text"),
                    &told,
                );
            }
            asked += 1;
        }
    }
    assert_eq!(asked, 3 * odd_names().len());
    for name in odd_names() {
        let path = format!("/d/users/?name={}&as=agent", encoded(&name));
        check(&all, "agent", &name, &grepper.get(&path).json());
    }
}

fn values(message: &NewMessage, kind: &str) -> Vec<String> {
    match kind {
        "package" => message.packages.clone(),
        "user" => message.users.clone(),
        "agent" => message.agent_name.iter().cloned().collect(),
        "topic" => vec![message.topic.clone()],
        _ => vec![message.category.clone()],
    }
}

#[track_caller]
fn check(all: &[NewMessage], kind: &str, name: &str, told: &Value) {
    let has = |message: &&NewMessage| values(message, kind).iter().any(|value| value == name);
    let found: Vec<&NewMessage> = all.iter().filter(has).collect();
    assert_eq!(
        (&told["by"], &told["total"]),
        (&json!(kind), &json!(found.len())),
        "{told}"
    );
    let times = || found.iter().map(|message| message.timestamp);
    let written = |at: Option<NaiveDateTime>| {
        json!(
            at.expect("one")
                .format("%Y-%m-%dT%H:%M:%S+00:00")
                .to_string()
        )
    };
    assert_eq!(told["first"], written(times().min()), "{kind} {name:?}");
    assert_eq!(told["last"], written(times().max()), "{kind} {name:?}");
    let mut days = BTreeMap::<String, u64>::new();
    for at in times().filter(|at| now() - *at < TimeDelta::days(350)) {
        *days.entry(at.date().to_string()).or_default() += 1;
    }
    let of_days = told["days"].as_array().expect("a list").iter();
    let of_days: BTreeMap<String, u64> = of_days
        .map(|day| {
            (
                day["day"].as_str().expect("a day").to_owned(),
                day["messages"].as_u64().expect("a number"),
            )
        })
        .filter(|(day, _)| *day > (now() - TimeDelta::days(350)).date().to_string())
        .collect();
    days.retain(|day, _| *day > (now() - TimeDelta::days(350)).date().to_string());
    assert_eq!(of_days, days, "{kind} {name:?}");
    let partners = told["partners"].as_array().expect("a list");
    assert!(partners.len() >= 2, "{told}");
    for partner in partners {
        let of = partner["kind"].as_str().expect("a kind");
        let mut counted = BTreeMap::<String, u64>::new();
        for value in found.iter().flat_map(|message| values(message, of)) {
            *counted.entry(value).or_default() += 1;
        }
        let mut counted: Vec<(String, u64)> = counted.into_iter().collect();
        counted.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        let most = counted.iter().take(8).map(|(_, count)| *count);
        let names = partner["names"].as_array().expect("a list");
        assert!(
            names
                .iter()
                .map(|name| &name["messages"])
                .eq(&most.map(Value::from).collect::<Vec<_>>()),
            "{kind} {name:?} {of}: {partner} {counted:?}"
        );
        for told in names {
            let pair = (
                told["name"].as_str().expect("a name").to_owned(),
                told["messages"].as_u64().expect("a number"),
            );
            assert!(counted.contains(&pair), "{kind} {name:?} {of}: {told}");
        }
    }
}

#[test]
fn what_is_no_name_is_refused_and_names_that_begin_alike_are_told() {
    let database = database();
    let mut batch: Vec<NewMessage> = (0..3).map(message).collect();
    batch.push(NewMessage {
        packages: vec!["kernel".to_owned(), "kernel-tools".to_owned()],
        users: Vec::new(),
        agent_name: Some("zoë".to_owned()),
        ..message(5)
    });
    writer(&database).store(&mut batch).expect("stored");
    let grepper = Grepper::start(&database.url, &[]);
    let unknown = page(&grepper, "/packages/KERNEL");
    assert_eq!(unknown.status, 404);
    assert!(
        unknown
            .body
            .contains("<a href=\"/packages/kernel-tools\"><bdi>kernel-tools</bdi></a>"),
        "{}",
        unknown.body
    );
    assert!(unknown.body.contains("noindex"), "{}", unknown.body);
    // Who mistyped the end sees what begins as it did.
    let mistyped = page(&grepper, "/packages/kerner");
    assert!(
        mistyped.body.contains("href=\"/packages/kernel\""),
        "{}",
        mistyped.body
    );
    for (path, status, parameter) in [
        ("/packages/KERNEL", 404, "package"),
        ("/topics/%FF", 400, "topic"),
        ("/categories/a%00b", 400, "category"),
        ("/users/?name=%00", 400, "name"),
        ("/users/kernel?as=anybody", 400, "as"),
        ("/users/kernel?format=xml", 400, "format"),
    ] {
        let refused = grepper.get(path);
        assert_eq!(
            refused.header("content-type"),
            Some("application/problem+json"),
            "{path}"
        );
        assert_eq!(
            (refused.status, &refused.json()["parameter"]),
            (status, &json!(parameter)),
            "{path}"
        );
        assert_eq!(page(&grepper, path).status, status, "{path}");
    }
    let longer = grepper.get("/packages/kernel/?format=json");
    assert_eq!(
        (longer.status, longer.header("location")),
        (308, Some("/packages/kernel?format=json"))
    );
    // Nothing concerns him, but he did something.
    let agent = grepper.get("/users/zo%C3%AB").json();
    assert_eq!(
        (&agent["by"], &agent["total"]),
        (&json!("agent"), &json!(1))
    );
    assert_eq!(grepper.get("/users/zo%C3%AB?as=user").status, 404);
}

#[test]
fn a_topic_that_fell_silent_says_so_and_a_package_shows_its_builds() {
    let database = database();
    let of = |hours: i64| NewMessage {
        msg_id: format!("hourly-{hours}"),
        topic: "org.zoo.prod.lion.fed".to_owned(),
        timestamp: now() - TimeDelta::hours(hours),
        ..message(0)
    };
    let mut batch: Vec<NewMessage> = (10..24 * 40).map(of).collect();
    let build = |number: i64, branch: &str, state: i64| {
        NewMessage {
        msg_id: format!("build-{number}"),
        topic: "org.fedoraproject.prod.buildsys.build.state.change".to_owned(),
        category: "buildsys".to_owned(),
        timestamp: now() - TimeDelta::minutes(60 - number),
        body: Body::parse(
            &json!({"build_id": number, "name": "zsh", "version": "5.9", "release": format!("{number}.{branch}"), "epoch": null,
                "instance": "primary", "owner": "ann", "old": 0, "new": state, "task_id": 1000 + number, "attribute": "state"})
            .to_string(),
        )
        .expect("a body"),
        packages: vec!["zsh".to_owned()],
        subjects: ["package:zsh".to_owned(), format!("nvr:zsh-5.9-{number}.{branch}")]
            .iter()
            .map(|text| Subject::written(text))
            .collect(),
        ..message(0)
    }
    };
    batch.extend([
        build(1, "fc44", 1),
        build(2, "fc44", 3),
        build(3, "fc45", 1),
        build(4, "fc44", 3),
        build(5, "el9", 3),
        // Neither what runs nor what somebody stopped ends or lengthens a row of failures.
        build(6, "fc44", 0),
        build(7, "fc44", 4),
        build(8, "fc44", 3),
        // It was complete.
        build(9, "el8", 2),
    ]);
    writer(&database).store(&mut batch).expect("stored");
    let grepper = Grepper::start(&database.url, &[]);
    let silent = page(&grepper, "/topics/org.zoo.prod.lion.fed").body;
    assert!(
        silent.contains("⚠ silent: usually every 1 h, nothing for 10 h"),
        "{silent}"
    );
    let told = grepper.get("/topics/org.zoo.prod.lion.fed").json();
    assert_eq!(
        (&told["usual_per_day"], &told["usual_gap"]),
        (&json!(24), &json!(3600))
    );
    assert!(told["silent_for"].as_u64() >= Some(36_000), "{told}");

    let told = grepper.get("/packages/zsh").json();
    let words: Vec<_> = told["builds"]
        .as_array()
        .expect("builds")
        .iter()
        .map(|build| {
            [
                &build["branch"],
                &build["nvr"],
                &build["stages"]["build"]["word"],
            ]
            .map(|text| text.as_str().expect("a text"))
        })
        .collect();
    assert_eq!(
        words,
        [
            ["f45", "zsh-5.9-3.fc45", "passed"],
            ["f44", "zsh-5.9-8.fc44", "failed"],
            ["epel9", "zsh-5.9-5.el9", "failed"],
            ["epel8", "zsh-5.9-9.el8", "failed"]
        ]
    );
    let failing = |n: usize| {
        let failing = &told["builds"][n]["failing"];
        ["first", "builds", "is_first_known"].map(|member| failing[member].clone())
    };
    assert_eq!(failing(0), [Value::Null, Value::Null, Value::Null]);
    assert_eq!(failing(1), [json!("zsh-5.9-2.fc44"), json!(3), json!(true)]);
    assert_eq!(failing(2), [json!("zsh-5.9-5.el9"), json!(1), json!(false)]);
    assert_eq!(failing(3), [Value::Null, Value::Null, Value::Null]);
    let last = told["last_builds"].as_array().expect("builds").iter();
    let last: Vec<_> = last
        .map(|build| ["nvr", "branch", "word"].map(|member| build[member].clone()))
        .collect();
    assert_eq!(last.len(), 9);
    assert_eq!(last[0], ["zsh-5.9-9.el8", "epel8", "deleted"]);
    assert_eq!(last[1], ["zsh-5.9-8.fc44", "f44", "failed"]);
    assert_eq!(last[2], ["zsh-5.9-7.fc44", "f44", "cancelled"]);
    let html = page(&grepper, "/packages/zsh").body;
    assert!(
        html.contains("href=\"/v2/road?nvr=zsh-5.9-3.fc45\""),
        "{html}"
    );
    assert!(html.contains("<span class=\"mark failed\">✗ "), "{html}");
    for told in [
        "3 in a row, since <a href=\"/v2/road?nvr=zsh-5.9-2.fc44\">",
        "first to fail",
        "no earlier build is known",
        "<summary>The last 9 builds</summary>",
        "<span class=\"mark cancelled\">⊘ ",
    ] {
        assert!(html.contains(told), "{told} in {html}");
    }
    // Nothing is known of updates and gates.
    assert!(!html.contains(">Gating<"), "{html}");
}
