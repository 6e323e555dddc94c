//! `/v2/aggregate` counts what `/raw` finds, and `/v2/names` completes what is typed.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, FixedOffset, TimeDelta, Timelike as _};
use devstack::Database;
use serde_json::{Value, json};
use simulator::Random;

use crate::support::http::Answer;
use crate::support::programs::{Grepper, migrate};
use crate::support::rows;
use crate::support::sample_archive::{fresh, values};

const MESSAGES: u32 = 1_500;
const REQUESTS: usize = 90;
const NAMES: [&str; 5] = ["topic", "category", "user", "package", "agent"];
const SPANS: [&str; 4] = ["hour", "day", "week", "month"];
/// Zones whose clocks are never set, and the seconds by which they are ahead.
const ZONES: [(&str, i32); 2] = [("UTC", 0), ("Asia/Kolkata", 19_800)];

fn pick<'a>(random: &mut Random, words: &'a [String]) -> &'a str {
    &words[random.between(0, words.len() as u64 - 1) as usize]
}

/// What there is to ask for.
struct Archive {
    grepper: Grepper,
    database: Database,
    filters: Vec<(&'static str, Vec<String>)>,
    times: Vec<String>,
    /// By the ids of messages, as `/raw` does not tell them.
    categories: BTreeMap<String, String>,
}

impl Archive {
    fn new() -> Self {
        let database = fresh(MESSAGES);
        let names = |table: &str, column: &str| {
            let sql = format!(
                "SELECT {column} FROM {table} GROUP BY 1 HAVING {column} ~ '^[a-z0-9./-]+$' ORDER BY count(*) DESC LIMIT 20"
            );
            values(&database, &sql)
        };
        let filters = vec![
            ("user", names("users", "name")),
            ("package", names("packages", "name")),
            ("category", names("messages", "category")),
            ("topic", names("messages", "topic")),
            ("agent", names("messages", "coalesce(agent_name, '')")),
        ];
        let times = values(
            &database,
            "SELECT to_char(timestamp, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') FROM messages
             WHERE timestamp BETWEEN now() - interval '70 days' AND now() ORDER BY id LIMIT 200",
        );
        let of = values(&database, "SELECT msg_id || ' ' || category FROM messages");
        let of = of.iter().filter_map(|line| line.rsplit_once(' '));
        Self {
            grepper: Grepper::start(&database.url, &[]),
            categories: of
                .map(|(id, category)| (id.to_owned(), category.to_owned()))
                .collect(),
            database,
            filters,
            times,
        }
    }

    /// Some messages of a time of which each unit divides no more than 5000 times.
    fn search(&self, random: &mut Random) -> String {
        let mut query = String::new();
        for (name, values) in &self.filters {
            for (prefix, chance) in [("", 8), ("not_", 6)] {
                while random.between(0, chance) == 0 {
                    query += &format!("{prefix}{name}={}&", pick(random, values));
                }
            }
        }
        if random.between(0, 5) == 0 {
            let category = pick(random, &self.filters[2].1);
            query += &format!("contains=a&category={category}&");
        }
        let (one, other) = (pick(random, &self.times), pick(random, &self.times));
        query + &format!("start={}&end={}", one.min(other), one.max(other))
    }

    /// Everything that `/raw` finds.
    fn found(&self, search: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for page in 1.. {
            let path = format!("/raw?{search}&rows_per_page=100&page={page}");
            let answer = self.grepper.get(&path);
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let answer = answer.json();
            let messages = answer["raw_messages"].as_array().expect("a list");
            found.extend(messages.iter().cloned());
            if page >= answer["pages"].as_u64().expect("a number") {
                break;
            }
        }
        found
    }

    fn values_of(&self, message: &Value, column: &str, offset: FixedOffset) -> Vec<String> {
        let texts = |member: &str| {
            let list = message[member].as_array().into_iter().flatten();
            let texts = list.filter_map(Value::as_str).map(str::to_owned);
            texts.collect()
        };
        let text = |member: &str| message[member].as_str().map(str::to_owned);
        match column {
            "topic" => text("topic").into_iter().collect(),
            "agent" => text("agent_name").into_iter().collect(),
            "category" => {
                let id = text("msg_id").unwrap_or_default();
                vec![self.categories[&id].clone()]
            }
            "user" => texts("users"),
            "package" => texts("packages"),
            unit => vec![start_of(sent(message).with_timezone(&offset), unit).to_rfc3339()],
        }
    }
}

fn sent(message: &Value) -> DateTime<FixedOffset> {
    let seconds = message["timestamp"].as_f64().expect("a number") as i64;
    let sent = DateTime::from_timestamp(seconds, 0).expect("a time");
    sent.fixed_offset()
}

/// Where the hour, day and so on begins, by the clock alone.
fn start_of(at: DateTime<FixedOffset>, unit: &str) -> DateTime<FixedOffset> {
    let hour = at - TimeDelta::seconds((at.minute() * 60 + at.second()).into());
    let day = hour - TimeDelta::hours(hour.hour().into());
    let back = |days: u32| day - TimeDelta::days(days.into());
    match unit {
        "hour" => hour,
        "day" => day,
        "week" => back(at.weekday().num_days_from_monday()),
        _ => back(at.day0()),
    }
}

type Counted = BTreeMap<Vec<String>, (u64, i64, i64)>;

/// The messages of all combinations, and when the first and the last was sent.
fn naive(archive: &Archive, found: &[Value], columns: &[&str], offset: FixedOffset) -> Counted {
    let mut counted = Counted::new();
    for message in found {
        let mut keys = vec![Vec::new()];
        for column in columns {
            let values = archive.values_of(message, column, offset);
            let with = |key: Vec<String>| {
                let values = values.iter().cloned();
                values.map(move |value| [key.clone(), vec![value]].concat())
            };
            keys = keys.into_iter().flat_map(with).collect();
        }
        let at = sent(message).timestamp();
        for key in keys {
            let group = counted.entry(key).or_insert((0, at, at));
            *group = (group.0 + 1, group.1.min(at), group.2.max(at));
        }
    }
    counted
}

fn told(answer: &Value, columns: &[&str]) -> Counted {
    let mut told = Counted::new();
    for group in answer["groups"].as_array().expect("a list") {
        let key = columns.iter().map(|column| &group[*column]);
        let key: Vec<String> = key
            .map(|cell| cell.as_str().expect("a text").to_owned())
            .collect();
        let time = |member: &str| match group[member].as_str() {
            Some(text) => DateTime::parse_from_rfc3339(text)
                .expect("a time")
                .timestamp(),
            None => 0,
        };
        let messages = group["messages"].as_u64().expect("a number");
        let twice = told.insert(key, (messages, time("first"), time("last")));
        assert_eq!(twice, None, "{group}");
    }
    told
}

/// One or two columns, of which at most one is of time.
fn columns(random: &mut Random) -> Vec<&'static str> {
    let name = |random: &mut Random| NAMES[random.between(0, 4) as usize];
    let (one, other) = (name(random), name(random));
    let span = SPANS[random.between(0, 3) as usize];
    match random.between(0, 4) {
        0 => vec![one],
        1 => vec![span],
        2 => vec![one, span],
        3 => vec![span, one],
        _ if one == other => vec![one],
        _ => vec![one, other],
    }
}

fn path(columns: &[&str], rest: &str) -> String {
    let columns = columns.iter().map(|column| format!("group_by={column}&"));
    format!("/v2/aggregate?{}{rest}", columns.collect::<String>())
}

#[track_caller]
fn check(archive: &Archive, search: &str, columns: &[&str], (zone, ahead): (&str, i32)) -> usize {
    let offset = FixedOffset::east_opt(ahead).expect("an offset");
    let found = archive.found(search);
    let mut expected = naive(archive, &found, columns, offset);
    let path = path(columns, &format!("{search}&zone={zone}&limit=1000"));
    let answer = archive.grepper.get(&path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert_eq!(answer.header("grepper-exact"), Some("true"), "{path}");
    let exposed = answer.header("access-control-expose-headers");
    assert_eq!(exposed, Some("grepper-exact"));
    let answer = answer.json();
    let is_of_time = columns.iter().any(|column| SPANS.contains(column));
    if is_of_time {
        // The span tells its time.
        expected
            .values_mut()
            .for_each(|group| *group = (group.0, 0, 0));
    }
    assert_eq!(told(&answer, columns), expected, "{path}");
    assert_eq!(answer["total"], found.len(), "{path}");
    assert_eq!(answer["exact"], true, "{path}");
    let names = |key: &Vec<String>| {
        let of = key.iter().zip(columns);
        let names = of.filter(|(_, column)| NAMES.contains(column));
        names.map(|(cell, _)| cell.clone()).collect::<Vec<_>>()
    };
    if columns.iter().any(|column| NAMES.contains(column)) {
        let all: std::collections::BTreeSet<_> = expected.keys().map(names).collect();
        assert_eq!(answer["names"], all.len(), "{path}");
    }
    let table = archive.grepper.get(&format!("{path}&format=csv"));
    let kind = "text/csv; charset=utf-8; header=present";
    assert_eq!(table.header("content-type"), Some(kind));
    assert_eq!(table.header("grepper-exact"), Some("true"));
    let times = if is_of_time { "" } else { ",first,last" };
    let head = format!("{},messages{times}", columns.join(","));
    assert_eq!(table.body.lines().next(), Some(head.as_str()), "{path}");
    expected.len()
}

#[test]
fn groups_are_those_of_a_naive_count_of_what_a_search_finds() {
    let archive = Archive::new();
    let mut random = Random::new(19);
    let (mut groups, mut several) = (0, 0);
    for n in 0..REQUESTS {
        let (search, columns) = (archive.search(&mut random), columns(&mut random));
        let found = check(&archive, &search, &columns, ZONES[n % 2]);
        groups += found;
        several += usize::from(found > 1);
    }
    assert!(groups > 5 * REQUESTS, "{groups} groups");
    assert!(several > REQUESTS / 3, "{several} with several groups");
    // Most of it comes from counters, and some of these have notes only.
    for columns in [&["topic"][..], &["category", "month"], &["week"]] {
        for filters in ["", "category=bodhi&category=git&"] {
            let search = format!("{filters}delta=6048000");
            check(&archive, &search, columns, ZONES[0]);
        }
    }
}

#[test]
fn the_first_and_the_last_message_bound_a_time_that_is_open() {
    let archive = Archive::new();
    let ask = |query: &str| {
        archive
            .grepper
            .get(&format!("/v2/aggregate?{query}"))
            .json()
    };
    let of = |order: &str| {
        let sql = format!(
            "SELECT to_char(timestamp, 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM messages WHERE category = 'bodhi'
             ORDER BY timestamp {order} LIMIT 1"
        );
        rows(
            devstack::shared_postgres().expect("a PostgreSQL server"),
            &archive.database.name,
            &sql,
        )
        .swap_remove(0)
    };
    let answer = ask("group_by=month&category=bodhi");
    for (member, order) in [("start", "ASC"), ("end", "DESC")] {
        let bound = answer[member].as_str().expect("a time");
        assert!(bound.starts_with(&of(order)), "{member}: {bound}");
    }
    let sum = |answer: &Value| {
        let groups = answer["groups"].as_array().expect("a list").iter();
        groups
            .filter_map(|group| group["messages"].as_u64())
            .sum::<u64>()
    };
    assert_eq!(json!(sum(&answer)), answer["total"]);
    let open = ask("group_by=topic&category=bodhi");
    assert_eq!(open["total"], answer["total"]);
    assert_eq!((&open["start"], &open["end"]), (&Value::Null, &Value::Null));
    // Nothing has no time, and time that runs backwards is none.
    for nothing in ["group_by=day&user=nobody", "group_by=day&start=2&end=1"] {
        let answer = ask(nothing);
        assert_eq!(
            (&answer["groups"], &answer["total"]),
            (&json!([]), &json!(0))
        );
    }
    let limited = ask("group_by=topic&limit=2");
    assert_eq!(limited["groups"].as_array().map(Vec::len), Some(2));
    assert!(limited["names"].as_u64() > Some(2), "{limited}");
}

/// More messages than are counted one by one.
fn large() -> Database {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let fill = r#"
        INSERT INTO users (name) SELECT 'user' || n FROM generate_series(1, 3) n;
        INSERT INTO messages (id, msg_id, i, topic, "timestamp", category, msg)
            SELECT n, 'id-' || n, 0, 'topic', '2026-01-01'::timestamp + n * interval '1 second', 'c' || n % 2, '{}'
            FROM generate_series(1, 10050) n;
        INSERT INTO users_messages SELECT 1 + id % 3, id, "timestamp" FROM messages;
        ANALYZE"#;
    postgres.run_sql(&database.name, fill).expect("filled");
    database
}

#[test]
fn of_too_many_messages_the_newest_are_counted_and_that_is_said() {
    let grepper = Grepper::start(&large().url, &[]);
    let query = "/v2/aggregate?group_by=user&group_by=category";
    let answer = grepper.get(query);
    // The first fifty are left out.
    let since = "2026-01-01T00:00:51+00:00";
    let told = format!("false; newest=10000; since=\"{since}\"");
    assert_eq!(answer.header("grepper-exact"), Some(told.as_str()));
    let answer = answer.json();
    let newest = json!({"messages": 10_000, "since": since});
    assert_eq!(
        (&answer["exact"], &answer["newest"], &answer["total"]),
        (&json!(false), &newest, &json!(10_050))
    );
    let groups = answer["groups"].as_array().expect("a list").iter();
    let sum: u64 = groups.filter_map(|group| group["messages"].as_u64()).sum();
    assert_eq!(sum, 10_000);
    let less = grepper.get(&format!("{query}&start=2026-01-01T00:00:51"));
    assert_eq!(less.json()["exact"], true);
    let by_counters = grepper.get("/v2/aggregate?group_by=user").json();
    let sum: u64 = told_messages(&by_counters);
    assert_eq!((&by_counters["exact"], sum), (&json!(true), 10_050));
}

fn told_messages(answer: &Value) -> u64 {
    let groups = answer["groups"].as_array().expect("a list").iter();
    groups.filter_map(|group| group["messages"].as_u64()).sum()
}

#[test]
fn what_cannot_be_counted_is_refused_as_a_problem() {
    let archive = Archive::new();
    let ask = |path: &str| -> Answer { archive.grepper.get(path) };
    for (path, parameter) in [
        ("/v2/aggregate", "group_by"),
        ("/v2/aggregate/?group_by=colour", "group_by"),
        ("/v2/aggregate?group_by=hour&start=1970-01-01", "group_by"),
        ("/v2/aggregate?group_by=day&group_by=week", "group_by"),
        ("/v2/aggregate?group_by=topic&limit=0", "limit"),
        ("/v2/aggregate?group_by=topic&zone=Mars", "zone"),
        ("/v2/aggregate?group_by=topic&format=xml", "format"),
        ("/v2/aggregate?group_by=topic&subject=nrv:a", "subject"),
        ("/v2/aggregate?group_by=topic&contains=a", "contains"),
        ("/v2/aggregate?group_by=topic&callback=a()", "callback"),
        ("/v2/names", "kind"),
        ("/v2/names/?kind=topic&limit=101", "limit"),
        ("/v2/names?kind=topic&format=csv", "format"),
    ] {
        let answer = ask(path);
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        let kind = answer.header("content-type");
        assert_eq!(kind, Some("application/problem+json"), "{path}");
        assert_eq!(answer.json()["parameter"], parameter, "{path}");
    }
    let call = ask("/v2/aggregate?group_by=month&user=nobody&callback=f&format=csv").body;
    assert!(call.starts_with("f({\"group_by\": [\"month\"]"), "{call}");
}

#[test]
fn names_are_completed_those_in_use_first() {
    let archive = Archive::new();
    for kind in NAMES {
        let ask = |query: &str| {
            let answer = archive
                .grepper
                .get(&format!("/v2/names?kind={kind}{query}"));
            let answer = answer.json();
            assert_eq!(answer["kind"], kind);
            let names = answer["names"].as_array().expect("a list").iter();
            let names = names.map(|name| name.as_str().expect("a text").to_owned());
            names.collect::<Vec<String>>()
        };
        let all = ask("&limit=100");
        assert!(!all.is_empty() && ask("").len() <= 20, "{kind}: {all:?}");
        let first = &all[0];
        assert_eq!(ask("&limit=1"), [first.as_str()], "{kind}");
        let half: String = first.chars().take(first.chars().count() / 2).collect();
        let begun = ask(&format!("&limit=100&prefix={}", half.to_uppercase()));
        assert!(begun.contains(first), "{kind} {half}: {begun:?}");
        let half = half.to_lowercase();
        let is_begun = |name: &String| name.to_lowercase().starts_with(&half);
        assert!(begun.iter().all(is_begun), "{kind} {half}: {begun:?}");
        assert!(ask("&prefix=no+such+name").is_empty());
        if kind == "topic" {
            // As pages show it.
            let shown = first.splitn(4, '.').last().expect("words");
            let begun = ask(&format!("&limit=100&prefix={shown}"));
            assert!(begun.contains(first), "{shown}: {begun:?}");
        }
    }
    let call = "/v2/names?kind=topic&prefix=none&callback=f";
    let expected = r#"f({"kind": "topic", "prefix": "none", "names": []});"#;
    assert_eq!(archive.grepper.get(call).body, expected);
}
