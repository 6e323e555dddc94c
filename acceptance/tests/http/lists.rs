//! Lists of names, and the front page, say what the messages of the archive say.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use devstack::Database;
use serde_json::Value;

use crate::support::http::{Answer, request};
use crate::support::programs::{Grepper, migrate};
use crate::support::sample_archive::{fresh, values};

const MESSAGES: u32 = 600;

fn page(grepper: &Grepper, path: &str) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    request("GET", &url, &[("Accept", "text/html")])
}

/// An archive without messages.
fn empty() -> Database {
    let database = devstack::shared_postgres()
        .and_then(devstack::Postgres::fresh_database)
        .expect("a database");
    migrate(&database.url);
    database
}

fn names(answer: &Value) -> &Vec<Value> {
    answer["names"].as_array().expect("a list")
}

/// What a statement of two columns says: by a name, a text.
fn told(database: &Database, sql: &str) -> BTreeMap<String, String> {
    let rows = values(database, sql);
    let pair = |row: &String| {
        let (name, text) = row.rsplit_once(' ').expect("two columns");
        (name.to_owned(), text.to_owned())
    };
    rows.iter().map(pair).collect()
}

#[test]
fn lists_say_what_messages_say() {
    let database = fresh(MESSAGES);
    let grepper = Grepper::start(&database.url, &[]);
    for (path, column) in [("/topics/", "topic"), ("/categories/", "category")] {
        let answer = grepper.get(&format!("{path}?format=json")).json();
        let expected = told(
            &database,
            &format!(
                "SELECT {column} || ' ' || concat_ws('/', count(*), to_char(min(timestamp), 'YYYY-MM-DD'),
                   to_char(max(timestamp), 'YYYY-MM-DD\"T\"HH24:MI:SS'),
                   count(*) FILTER (WHERE timestamp >= date_trunc('day', now() AT TIME ZONE 'UTC') - interval '29 days'
                                     AND timestamp < date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day'))
                 FROM messages GROUP BY {column}"
            ),
        );
        let of = |name: &Value| {
            let text = |member: &str| name[member].as_str().expect(member).to_owned();
            let days = name["by_day"].as_array().expect("days");
            assert_eq!(days.len(), 30);
            let of_days: u64 = days.iter().filter_map(Value::as_u64).sum();
            let told = [
                name["messages"].to_string(),
                text("first"),
                text("last")[..19].to_owned(),
                of_days.to_string(),
            ];
            (text("name"), told.join("/"))
        };
        let found: BTreeMap<String, String> = names(&answer).iter().map(of).collect();
        assert_eq!(found, expected, "{path}");
        assert_eq!(answer["of"], expected.len());
    }
    for (path, table) in [("/packages/", "packages"), ("/users/", "users")] {
        let key = table.trim_end_matches('s');
        let answer = grepper.get(&format!("{path}?days=30&format=json")).json();
        let expected = told(
            &database,
            &format!(
                "SELECT name || ' ' || count(*) FROM {table} JOIN {table}_messages ON {key}_id = {table}.id
                 WHERE msg_timestamp >= now() AT TIME ZONE 'UTC' - interval '30 days' AND msg_timestamp < now() AT TIME ZONE 'UTC' GROUP BY name"
            ),
        );
        assert_eq!(answer["of"], expected.len(), "{path}");
        assert_eq!(names(&answer).len(), expected.len().min(100), "{path}");
        for name in names(&answer) {
            let told = &expected[name["name"].as_str().expect("a name")];
            assert_eq!(&name["messages"].to_string(), told, "{path} {name}");
        }
        let counts = names(&answer).iter().map(|name| name["messages"].as_u64());
        assert!(counts.is_sorted_by(|one, next| one >= next), "{path}");
        assert!(answer["new"].as_array().is_some_and(|new| new.len() == 20));
    }
}

#[test]
fn topics_are_sifted_and_sorted() {
    let database = fresh(MESSAGES);
    let grepper = Grepper::start(&database.url, &[]);
    let ask = |query: &str| grepper.get(&format!("/topics/?format=json&{query}")).json();
    let all = ask("");
    let sifted = ask("q=BODHI.update&sort=last");
    let is_sifted = |name: &&Value| {
        let name = name["name"].as_str().expect("a name");
        name.to_lowercase().contains("bodhi.update")
    };
    assert_eq!(
        names(&sifted).len(),
        names(&all).iter().filter(is_sifted).count()
    );
    assert!(names(&sifted).len() > 3);
    let last = names(&sifted).iter().map(|name| name["last"].as_str());
    assert!(last.is_sorted_by(|one, next| one >= next));
    let of_category = ask("category=bodhi");
    let is_bodhi = |name: &Value| name["category"] == "bodhi";
    assert!(names(&of_category).iter().all(is_bodhi));
    let silent = ask("silent=true");
    let is_silent = |name: &&Value| name["silent"] == true;
    assert_eq!(
        names(&silent).len(),
        names(&all).iter().filter(is_silent).count()
    );
    let table = grepper.get("/topics/?q=bodhi.update&format=csv");
    assert!(table.body.starts_with("name,category,messages,last_day,"));
    assert_eq!(table.body.lines().count(), names(&sifted).len() + 1);
    let html = page(&grepper, "/topics/?q=bodhi.update&sort=last").body;
    let first = names(&sifted)[0]["name"].as_str().expect("a name");
    let link = html.find(&format!("href=\"/topics/{first}\""));
    assert!(link.is_some(), "{first} in {html}");
    assert!(html.contains("value=\"bodhi.update\"") && html.contains("aria-sort=\"descending\""));
    for (path, parameter) in [
        ("/topics/?sort=age", "sort"),
        ("/categories/?page=0", "page"),
        ("/packages/?days=2", "days"),
        ("/users/?format=xml", "format"),
    ] {
        let answer = grepper.get(path);
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{path}");
        assert_eq!(answer.json()["parameter"], parameter, "{path}");
    }
    let crawled = |path| page(&grepper, path).header("x-robots-tag").is_some();
    assert!(crawled("/users/") && crawled("/topics/?sort=last"));
    assert!(!crawled("/topics/") && !crawled("/packages/"));
}

#[test]
fn what_has_stopped_to_come_is_called_silent() {
    let database = empty();
    let days = "INSERT INTO messages (msg_id, i, topic, timestamp, category, msg)
        SELECT 'often-' || n, 0, 'org.example.prod.clock.tick', now() AT TIME ZONE 'UTC' - interval '5 hours' - n * interval '20 minutes', 'clock', '{}'
        FROM generate_series(0, 72 * 40) n";
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    postgres.run_sql(&database.name, days).expect("stored");
    let grepper = Grepper::start(&database.url, &[]);
    let words = "○ silent: usually every 20 min, nothing for 5 h";
    let html = page(&grepper, "/topics/?silent=true").body;
    assert!(html.contains(words), "{html}");
    assert!(page(&grepper, "/categories/").body.contains(words));
    let home = page(&grepper, "/").body;
    assert!(home.contains("Fell silent"), "{home}");
    assert!(
        home.contains("○ usually every 20 min, nothing for 5 h"),
        "{home}"
    );
    assert!(home.contains("○ longer than usual"), "{home}");
}

#[test]
fn the_front_page_tells_how_lively_the_archive_is() {
    let database = fresh(MESSAGES);
    let grepper = Grepper::start(&database.url, &[]);
    let home = page(&grepper, "/");
    assert_eq!(home.status, 200);
    let count = |sql: &str| values(&database, sql).concat();
    let total = count("SELECT to_char(count(*), 'FM999,999') FROM messages");
    assert!(home.body.contains(&format!("<dd>{total}</dd>")), "{total}");
    assert_eq!(home.body.matches("list-group-item").count(), 8);
    let newest = count(
        "SELECT msg_id FROM messages WHERE timestamp < now() AT TIME ZONE 'UTC' ORDER BY timestamp DESC, id DESC LIMIT 1",
    );
    assert!(home.body.contains(&newest), "{newest} in {}", home.body);
    for path in ["/topics/", "/packages/", "/users/"] {
        let link = format!("href=\"{path}\"");
        assert!(home.body.matches(&link).count() >= 2, "{path}");
    }
    let busiest = grepper.get("/packages/?format=json").json();
    for name in names(&busiest).iter().take(8) {
        let name = name["name"].as_str().expect("a name");
        let link = format!("href=\"/packages/{}\"", name.replace('+', "%2B"));
        assert!(home.body.contains(&link), "{link} in {}", home.body);
    }
}

#[test]
fn an_empty_archive_has_empty_lists_and_says_so() {
    let database = empty();
    let grepper = Grepper::start(&database.url, &[]);
    assert!(page(&grepper, "/").body.contains("Nothing is archived yet"));
    for path in ["/topics/", "/categories/"] {
        let html = page(&grepper, path);
        assert_eq!(html.status, 200);
        assert!(html.body.contains("has no messages yet"), "{}", html.body);
    }
    for path in ["/packages/", "/users/"] {
        let html = page(&grepper, path);
        assert!(html.body.contains("no messages about any"), "{}", html.body);
        let json = grepper.get(&format!("{path}?format=json")).json();
        assert_eq!((&json["of"], names(&json).len()), (&Value::from(0), 0));
    }
}

#[test]
fn lists_are_told_again_for_a_minute_and_say_of_when_they_are() {
    let database = fresh(10);
    let grepper = Grepper::start(&database.url, &[]);
    let ask = || grepper.get("/topics/?format=json").json();
    let first = ask();
    assert_eq!(first["as_of"], ask()["as_of"]);
    let as_of = first["as_of"].as_str().expect("a time");
    let as_of = DateTime::parse_from_rfc3339(as_of).expect("a time");
    assert!(Utc::now().signed_duration_since(as_of) < TimeDelta::seconds(60));
}
