//! Messages whose senders' clocks were wrong: pages count, draw and turn over them as over others.

use std::collections::BTreeSet;

use devstack::Database;

use crate::support::http::request;
use crate::support::programs::{Grepper, migrate};

/// In the last 30 days.
const USUAL: usize = 3000;
/// Long ago, and in the future.
const ODD: [&str; 5] = [
    "timestamp '1901-02-03'",
    "timestamp '1970-01-01'",
    "now() AT TIME ZONE 'UTC' + interval '2 days'",
    "now() AT TIME ZONE 'UTC' + interval '40 days'",
    "timestamp '2100-01-01'",
];

fn database() -> Database {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let insert = |id: &str, topic: &str, time: &str, number: usize| {
        format!(
            "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
             SELECT '{id}' || n, 0, '{topic}', {time}, 'zoo', '{{}}', '{{}}' FROM generate_series(1, {number}) AS n;"
        )
    };
    let ago = "now() AT TIME ZONE 'UTC' - n * interval '14 minutes'";
    let mut sql = insert("usual", "org.zoo.prod.lion", ago, USUAL);
    for (number, time) in ODD.iter().enumerate() {
        sql += &insert(&format!("odd{number}-"), "org.zoo.prod.clock", time, 1);
    }
    postgres.run_sql(&own.name, &sql).expect("messages");
    own
}

/// The page that a browser gets.
fn html(grepper: &Grepper, path: &str) -> String {
    let url = format!("{}{path}", grepper.authority);
    request("GET", &url, &[("Accept", "text/html")]).body
}

/// What stands between `before` and a quotation mark, each time.
fn links<'a>(html: &'a str, before: &str) -> Vec<String> {
    let parts = html.split(before).skip(1);
    let link = |part: &'a str| part.split('"').next().expect("a link");
    parts.map(|part| link(part).replace("&#38;", "&")).collect()
}

fn ids(html: &str) -> Vec<String> {
    links(html, "<a class=\"time\" tabindex=\"-1\" href=\"/v2/id?id=")
}

/// What the head of a page says, and how many there are.
fn total(html: &str) -> &str {
    let (_, told) = html
        .split_once("<p class=\"total\"><strong>")
        .expect("a total");
    told.split(' ').next().expect("a number")
}

#[test]
fn who_turns_pages_sees_each_message_once_wherever_it_is_dated() {
    let database = database();
    let grepper = Grepper::start(&database.url, &[]);
    for (query, pages) in [
        ("topic=org.zoo.prod.clock&rows_per_page=2", 3),
        ("topic=org.zoo.prod.clock&rows_per_page=2&order=asc", 3),
        ("rows_per_page=100&start=2000-01-01", 30),
    ] {
        let mut page = html(&grepper, &format!("/raw?{query}"));
        let all = total(&page).to_owned();
        let mut seen = ids(&page);
        let mut turned = 1;
        // What leads on in the order of the answer.
        let later = |page: &str| links(page, "\" data-later=\"");
        while let [older] = &later(&page)[..] {
            page = html(&grepper, older);
            assert_eq!(total(&page), all, "{older}");
            seen.extend(ids(&page));
            turned += 1;
        }
        let different: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(different.len(), seen.len(), "{query}");
        assert_eq!(seen.len().to_string(), all.replace(',', ""), "{query}");
        assert_eq!(turned, pages, "{query}");
    }
}

#[test]
fn bars_lead_to_what_they_count_and_tell_what_they_leave_out() {
    let database = database();
    let grepper = Grepper::start(&database.url, &[]);
    let ago = |hours: i64| {
        let at = chrono::Utc::now() - chrono::TimeDelta::hours(hours);
        at.format("%Y-%m-%dT%H:07:38.610931").to_string()
    };
    let within = format!("start={}&end={}", ago(500), ago(30));
    for (query, left_out, bars) in [
        ("", 5, 50..=120),
        (&within, 0, 50..=120),
        ("topic=org.zoo.prod.lion&delta=86400", 0, 50..=120),
        ("topic=org.zoo.prod.lion", 0, 30..=31),
    ] {
        let page = html(&grepper, &format!("/raw?{query}"));
        let rows = page.split("<tr><td><a rel=\"nofollow\" href=\"").skip(1);
        let rows: Vec<&str> = rows.collect();
        assert!(bars.contains(&rows.len()), "{query}: {}", rows.len());
        for row in [&rows[..3], &rows[rows.len() - 3..]].concat() {
            let count = counted(row);
            let link = row.split('"').next().expect("a link");
            let link = link.replace("&#38;", "&");
            let found = grepper.get(&format!("{link}&format=json")).json();
            assert_eq!(found["total"], count, "{query}: {link}");
        }
        let shown = rows.iter().map(|row| counted(row)).sum::<u64>();
        let all: u64 = total(&page).replace(',', "").parse().expect("a number");
        assert_eq!(all - shown, left_out, "{query}");
        let told = page.contains(&format!("({left_out} of them not among the bars"));
        assert_eq!(told, left_out > 0, "{query}");
    }
}

/// The number in the second cell of a row.
fn counted(row: &str) -> u64 {
    let (_, cell) = row.split_once("<td class=\"number\">").expect("a number");
    let number = cell.split('<').next().expect("a number");
    number.replace(',', "").parse().expect("a number")
}
