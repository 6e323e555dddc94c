//! The shapes of requests that programs in the wild send, filled with what an archive holds.

use devstack::Database;
use simulator::Random;

use crate::support::sample_archive::values;

/// Requests one a line, with what is in `{}` filled in. A tab is before `Accept`, without which it is `*/*`.
const SHAPES: &[&str] = &[
    // Plain.
    "/raw",
    "/raw/",
    "//raw?user={user}&user={user}&order=asc&rows_per_page=100",
    "/v2/search",
    "/v2/search?topic={topic}",
    "/raw?user={user}",
    "/raw?package={package}",
    "/raw?category={category}",
    "/raw?delta={delta}",
    "/raw/?topic={topic}",
    "/raw?topic={topic}&delta={delta}",
    // Lists, combinations, negations.
    "/raw?delta={delta}&topic={topic}&topic={topic}&topic={topic}&topic={topic}",
    "/raw?rows_per_page=25&category={category}&category={category}&category={category}",
    "/raw?category={category}&delta={delta}&topic={topic}&rows_per_page=64&order=asc&page=1",
    "/raw/?user={user}&category={category}&order=desc&rows_per_page=50&delta=5184000",
    "/raw?user={user}&delta={delta}&rows_per_page=100&not_category={category}&page=1&size=small",
    "/raw?start={start}&end={end}&not_user={user}&not_topic={topic}&not_topic={topic}&meta=usernames&rows_per_page=100&order=asc",
    "/raw?package={package}&topic={topic}&rows_per_page=1",
    "/v2/search?delta={delta}&category={category}&category={category}&user={user}&user={user}",
    "/v2/search?agent={user}&not_agent={user}",
    // Time.
    "/raw?start={start}.0&end={end}.0&topic={topic}",
    "/raw/?package={package}&start=1&end={end}.6381154&meta=subtitle&meta=link&rows_per_page=3&page=1&order=desc",
    "/raw?rows_per_page=1&delta={delta}&end={end}",
    "/raw?delta={delta}&page=2&end={end}&rows_per_page=100",
    "/v2/search?category={category}&page=1&start={date}&end={date}",
    "/v2/search?start={escaped}&end={escaped}&topic={topic}&rows_per_page=100&page=1",
    "/v2/search?start={date}T00:00:00Z&rows_per_page=100&topic={topic}",
    "/v2/search?end={escaped}%2B00%3A00&start={escaped}%2B00%3A00",
    "/v2/search?end={date}T06:11:40+00:00&start={date}T06:11:39+00:00",
    "/v2/search?end={date}T20:11:40+02:00&start={date}T06:11:39+02:00&rows_per_page=5",
    "/raw?package={package}&page=1&delta=2628000&end={end}",
    "/raw?start={end}.0&end={start}.0",
    "/raw?start={start}&rows_per_page=1&page=3&topic={topic}",
    "/raw?delta={delta}&start={start}.0&end={end}.0&contains={word}&topic={topic}&page=2",
    "/raw?delta=31536000",
    "/raw?start=0&category={category}",
    "/raw?end={end}&category={category}",
    // What bodies contain.
    "/raw?delta=2592000&category={category}&category={category}&contains=%22name%22:%22{package}%22&meta=link&meta=date&meta=subtitle",
    "/v2/search?topic={topic}&contains={word}&delta={delta}",
    "/raw?topic={topic}&start={start}&end={end}&contains=%22anonymous%22%3Afalse",
    "/raw?contains=documentation&contains=docs&topic={topic}",
    "/raw?category={category}&topic={topic}&contains={word}&rows_per_page=100",
    "/raw?category={category}&delta={delta}&contains={package}_%25",
    // What is said about messages.
    "/raw/?meta=date&user={user}&category={category}&order=desc&rows_per_page=1&delta=2592000",
    "/raw?user={user}&order=desc&delta=31104000&meta=subtitle&rows_per_page=10",
    "/raw/?page=1&rows_per_page=100&meta=usernames&meta=packages",
    "/raw?package={package}&meta=subtitle&meta=link&meta=icon&meta=date&not_topic={topic}&not_topic={topic}",
    "/raw?category={category}&delta=5184000&meta=title",
    "/raw?category={category}&rows_per_page=2&delta=5184000&meta=text",
    "/v2/search?meta=url&meta=app_icon&meta=agent_avatar&meta=summary&meta=date&order=desc&chrome=false",
    // Odd, and sent.
    "/raw?topic={topic}&delta={delta}&page=2&page=2",
    "/raw/?grouped=true&timezone=UTC",
    "/v2/search?username={user}&source=koji&topic={topic}",
    "/v2/search?user%5B%5D={user}&user%5B%5D={user}&rows_per_page=1",
    "/raw/?topic={topic}&rows_per_page=1000",
    "/raw?category={category}&delta=5184000&page=81",
    "/raw?topic={topic}&delta=5184000&page=2&rows_per_page=100",
    "HEAD /raw?topic={topic}&delta=824000&contains={word}",
    "/raw/?meta=date&user={user}&callback=jQuery22408618739710087528_1795248884758&_=1795248884759",
    "/raw?order=desc&meta=subtitle&package={package}&grouped=true&rows_per_page=20&callback=jQuery1_{start}&_={start}",
    "/raw?page=0",
    "/raw?page=&category={category}",
    "/raw?delta=&category={category}",
    "/raw?start=garbage",
    "/raw?delta=nan",
    "/raw?rows_per_page=-1&category={category}",
    "/raw?delta=-5",
    "/raw?user=",
    "/raw?chrome=maybe&category={category}",
    "/raw?order=ASC",
    "/raw?size=tiny",
    // By id.
    "/id?id={id}&is_raw=true&size=extra-large",
    "/id/?id={id}",
    "/id?id={id}",
    "/id?id={id}&chrome=false&is_raw=false",
    "/v2/id?id={id}&is_raw=true",
    "/v2/id?id={id}&is_raw=True&size=extra-large",
    "/v2/id?id={id}&size=extra-large\tAccept: {browser}",
    "//v2/id?id={id}&is_raw=true",
    "/id?id=ID:host-41882-1571157850402-3:268902:0:0:1&is_raw=true",
    "/id",
    "/id?id={id}&size=tiny",
    "HEAD /id?id={id}",
    // For people, and parts of their pages.
    "/raw?rows_per_page=5&order=desc&chrome=false&user={user}\tAccept: text/html",
    "/raw?category={category}&page=3&chrome=false&delta=5184000\tAccept: text/html, */*; q=0.01",
    "/raw?category={category}&delta=5184000\tAccept: {browser}",
    "/widget.js",
    "/widget.js?css=true",
    "/charts/line?delta={delta}&N=12&style=clean&height=300&fill=true&user={user}",
    "/charts/stackedline?delta={delta}&N=12&style=clean&height=300&fill=true&user={user}&split_on=categories&category={category}&category={category}",
    "/charts/line?package={package}&package={package}&package={package}&split_on=packages",
    "/charts/bar?category={category}&start={start}&end={end}&N=7",
    "/messagecount",
    "/messagecount/",
    "/healthz/live",
    "/healthz/ready",
    "/",
    "/reference/",
    "/index",
    // As libraries ask.
    "/raw?topic={topic}\tAccept:",
    "/raw?user={user}\tAccept: application/json",
    "/raw?category={category}\tAccept: application/json, text/plain, */*",
    "/raw?package={package}\tAccept: application/json, */*;q=0.5",
    "/v2/search?category={category}\tAccept: text/html, */*; q=0.01",
    "/v2/search?category={category}\tOrigin: https://dashboard.example.org",
];

const BROWSER: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const DELTAS: [&str; 8] = [
    "300", "3600", "86400", "127800", "172800", "604800", "2592000", "31536000",
];

/// What an archive holds.
pub struct Names {
    pub users: Vec<String>,
    pub packages: Vec<String>,
    pub topics: Vec<String>,
    pub categories: Vec<String>,
    pub ids: Vec<String>,
    /// When its newest message was sent, in seconds since 1970.
    pub newest: i64,
}

impl Names {
    /// What of this archive is asked for: as clients do, what is there more often than not.
    pub fn of(database: &Database) -> Self {
        let of = |sql: &str| values(database, sql);
        let recent = "\"timestamp\" > now() AT TIME ZONE 'UTC' - interval '70 days' AND \"timestamp\" < now() AT TIME ZONE 'UTC'";
        let newest = of(&format!(
            "SELECT floor(extract(epoch FROM max(\"timestamp\"))) FROM messages WHERE {recent}"
        ));
        Self {
            users: of("SELECT name FROM users ORDER BY id"),
            packages: of("SELECT name FROM packages ORDER BY id"),
            topics: of("SELECT DISTINCT topic FROM messages ORDER BY 1"),
            categories: of(
                "SELECT DISTINCT category FROM messages WHERE category <> '' ORDER BY 1",
            ),
            ids: of("SELECT msg_id FROM messages WHERE msg_id ~ '^[0-9a-f-]+$' ORDER BY id"),
            newest: newest[0].parse().expect("a number"),
        }
    }
}

/// How many requests are asked: `DIFF_REQUESTS`, or as many as give each shape a turn or several.
pub fn wanted(usual: usize) -> usize {
    std::env::var("DIFF_REQUESTS").map_or(usual, |wanted| wanted.parse().expect("a number"))
}

/// So many requests, the same for the same names.
pub fn requests(names: &Names, count: usize) -> String {
    let mut random = Random::new(16);
    let shapes = SHAPES.iter().cycle().take(count);
    shapes
        .map(|shape| filled(shape, names, &mut random) + "\n")
        .collect()
}

fn filled(shape: &str, names: &Names, random: &mut Random) -> String {
    let mut parts = shape.split('{');
    let mut line = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once('}').expect("a name in braces");
        line += &value(name, names, random);
        line += rest;
    }
    line
}

fn value(name: &str, names: &Names, random: &mut Random) -> String {
    const DAY: i64 = 86_400;
    let pick =
        |values: &[String], random: &mut Random| encoded(&values[random.index(values.len())]);
    let days_ago = random.between(1, 50) as i64;
    let time = chrono::DateTime::from_timestamp(names.newest - days_ago * DAY, 0).expect("a time");
    match name {
        "user" => pick(&names.users, random),
        "package" | "word" => pick(&names.packages, random),
        "topic" => pick(&names.topics, random),
        "category" => pick(&names.categories, random),
        "id" => pick(&names.ids, random),
        "delta" => random.pick(&DELTAS).to_owned(),
        "start" => (names.newest - (days_ago + 10) * DAY).to_string(),
        "end" => (names.newest - days_ago / 5 * DAY).to_string(),
        "date" => time.format("%Y-%m-%d").to_string(),
        "escaped" => time.format("%Y-%m-%dT%H%%3A%M%%3A%S").to_string(),
        "browser" => BROWSER.to_owned(),
        other => panic!("{other} is no name"),
    }
}

fn encoded(value: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    let bytes = value.bytes().map(|byte| match byte {
        byte if stays(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}
