//! Topics and categories that only those know of who show a token: for all others, grepper answers as one does whose
//! archive never had their messages.

use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use devstack::{Database, Postgres};
use simulator::Random;

use crate::private::{TOKEN, bearer};
use crate::support::http::{Answer, request};
use crate::support::programs::{Grepper, clean, verify_counters};
use crate::support::sample_archive::{fresh, values};
use crate::support::{eventually, rows};

const MESSAGES: u32 = 3_000;
const REQUESTS: usize = 600;
/// What is hidden is part of roads, and of what people and packages do.
const CATEGORIES: &str = "bodhi,discourse";
const TOPICS: [&str; 3] = [
    "org.fedoraproject.prod.buildsys.tag",
    "org.fedoraproject.prod.git.receive",
    "org.fedoraproject.prod.pagure.pull-request.comment.added",
];
const IS_HIDDEN: &str = "(category IN ('bodhi', 'discourse') OR topic IN ('org.fedoraproject.prod.buildsys.tag',
    'org.fedoraproject.prod.git.receive', 'org.fedoraproject.prod.pagure.pull-request.comment.added'))";
/// Links in pages begin with the address.
const BASE: &str = "--base-url=http://archive.example.org";

/// Finds out what the messages are about.
fn extract(database: &Database) {
    let mut command = clean("nommer");
    command.args(["extract", "-c", "/dev/null", "subjects"]);
    let output = command
        .env("DATABASE_URL", &database.url)
        .output()
        .expect("nommer");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn postgres() -> &'static Postgres {
    devstack::shared_postgres().expect("a PostgreSQL server")
}

/// A grepper for which something is hidden.
fn hiding(database: &Database, variables: &[(&str, &str)]) -> Grepper {
    let topics = format!("--hidden-topics={}", TOPICS.join(","));
    let categories = format!("--hidden-categories={CATEGORIES}");
    let arguments = [&topics, &categories, BASE];
    Grepper::start_with(&database.url, &arguments, variables)
}

fn ask(grepper: &Grepper, path: &str, accept: &str, token: Option<&str>) -> Answer {
    let url = format!("{}{path}", grepper.authority);
    let mut headers = vec![("Accept", accept)];
    headers.extend(token.map(|token| ("Authorization", token)));
    request("GET", &url, &headers)
}

/// What can be asked for.
struct Words {
    /// Names of filters and their values.
    values: Vec<(&'static str, Vec<String>)>,
    ids: Vec<String>,
    times: Vec<String>,
    roads: Vec<String>,
}

impl Words {
    fn of(database: &Database) -> Self {
        let of = |sql: &str| values(database, sql);
        let names = |table: &str, column: &str| {
            of(&format!(
                "SELECT {column} FROM {table} GROUP BY 1 HAVING {column} ~ '^[a-z0-9./-]+$' ORDER BY count(*) DESC LIMIT 25"
            ))
        };
        let built = "FROM messages WHERE topic LIKE '%.prod.buildsys.build.state.change' ORDER BY id LIMIT 40";
        let nvrs = of(&format!(
            "SELECT concat_ws('-', msg::json->>'name', msg::json->>'version', msg::json->>'release') {built}"
        ));
        let updates = of("SELECT msg::json#>>'{update,alias}' FROM messages
                          WHERE topic LIKE '%.prod.bodhi.update.%' AND msg::json#>>'{update,alias}' IS NOT NULL ORDER BY id LIMIT 40");
        assert!(nvrs.len() > 20 && updates.len() > 5, "{nvrs:?} {updates:?}");
        let subjects = nvrs.iter().map(|nvr| format!("nvr:{nvr}"));
        let subjects = subjects.chain(updates.iter().map(|alias| format!("update:{alias}")));
        let builds = of(&format!(
            "SELECT 'build:' || (msg::json->>'build_id') {built}"
        ));
        let subjects = subjects.chain(builds).chain(
            names("packages", "name")
                .into_iter()
                .map(|name| format!("package:{name}")),
        );
        let mut topics = names("messages", "topic");
        topics.extend(TOPICS.map(str::to_owned));
        let roads = nvrs.iter().map(|nvr| format!("nvr={nvr}"));
        let roads = roads.chain(updates.iter().map(|alias| format!("update={alias}")));
        let roads = roads.chain(
            names("packages", "name")
                .into_iter()
                .take(8)
                .map(|name| format!("package={name}")),
        );
        Self {
            roads: roads.map(|road| road.replace('+', "%2b")).collect(),
            values: vec![
                ("user", names("users", "name")),
                ("package", names("packages", "name")),
                ("category", names("messages", "category")),
                ("topic", topics),
                ("agent", names("messages", "coalesce(agent_name, '')")),
                (
                    "subject",
                    subjects
                        .map(|subject| subject.replace('+', "%2b"))
                        .collect(),
                ),
            ],
            ids: of(&format!(
                "SELECT msg_id FROM messages WHERE {IS_HIDDEN} AND msg_id ~ '^[0-9a-f-]+$' ORDER BY id DESC LIMIT 300"
            )),
            times: of(
                "SELECT to_char(timestamp, 'YYYY-MM-DD\"T\"HH24:MI:SS.US') FROM messages WHERE timestamp > now() - interval '70 days' ORDER BY random() LIMIT 100",
            ),
        }
    }

    fn one<'a>(random: &mut Random, words: &'a [String]) -> &'a str {
        &words[random.between(0, words.len() as u64 - 1) as usize]
    }

    /// Filters and times of a search.
    fn filters(&self, random: &mut Random, only: &[&str]) -> String {
        let mut query = String::new();
        for (name, values) in &self.values {
            if !only.contains(name) || values.is_empty() {
                continue;
            }
            for (prefix, chance) in [("", 3), ("not_", 6)] {
                while random.between(0, chance) == 0 {
                    query += &format!("{prefix}{name}={}&", Self::one(random, values));
                }
            }
        }
        query
    }

    fn times(&self, random: &mut Random) -> String {
        let (start, end) = (
            Self::one(random, &self.times),
            Self::one(random, &self.times),
        );
        format!("start={}&end={}", start.min(end), start.max(end))
    }

    /// A request, and which form of an answer it prefers.
    fn request(&self, random: &mut Random) -> (String, &'static str) {
        const ALL: [&str; 6] = ["user", "package", "category", "topic", "agent", "subject"];
        let path = match random.between(0, 13) {
            0 => format!("/id?id={}", Self::one(random, &self.ids)),
            1 => format!("/v2/id?id={}", Self::one(random, &self.ids)),
            2 | 3 => format!("/v2/road?{}", Self::one(random, &self.roads)),
            4 => {
                let split = [
                    "",
                    "&split_on=topics&split_on=categories",
                    "&split_on=users",
                ][random.between(0, 2) as usize];
                let filters = self.filters(random, &ALL);
                format!(
                    "/charts/line?{filters}{}{split}&human_readable=false",
                    self.times(random)
                )
            }
            5 => {
                let filters = self.filters(random, &["category", "topic"]);
                let start = Self::one(random, &self.times);
                format!("/v2/digest?{filters}start={start}&delta=40000")
            }
            6 => ["/messagecount", "/reference/", "/find?q=7", "/index/"]
                [random.between(0, 3) as usize]
                .to_owned(),
            7 => {
                let filters = self.filters(random, &["user", "topic"]);
                let category = Self::one(random, &self.values[2].1);
                let start = Self::one(random, &self.times);
                format!(
                    "/raw?{filters}category={category}&contains=a&contains=fedora&start={start}&delta=900000"
                )
            }
            8 => {
                let by = [
                    "topic",
                    "category",
                    "user&group_by=day",
                    "package&group_by=topic",
                    "agent",
                    "hour",
                ][random.between(0, 5) as usize];
                let filters = self.filters(random, &ALL);
                format!(
                    "/v2/aggregate?group_by={by}&{filters}{}",
                    self.times(random)
                )
            }
            13 => {
                let kind = random.between(0, 3) as usize;
                let folder = ["users", "packages", "categories", "topics"][kind];
                format!("/{folder}/{}", Self::one(random, &self.values[kind].1))
            }
            other => {
                let path = if other % 2 == 0 { "/raw" } else { "/v2/search" };
                let filters = self.filters(random, &ALL);
                let times = if random.between(0, 1) == 0 {
                    self.times(random)
                } else {
                    "page=1".to_owned()
                };
                let page = random.between(1, 4).pow(3);
                let order = ["asc", "desc"][random.between(0, 1) as usize];
                format!(
                    "{path}?{filters}{times}&page={page}&rows_per_page={}&order={order}",
                    1 + 7 * page % 40
                )
            }
        };
        let forms = ["*/*", "*/*", "*/*", "text/html"];
        (path, forms[random.between(0, 3) as usize])
    }
}

/// The ids in a text, which are UUIDs.
fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_hexdigit() && c != '-')
        .filter(|word| word.len() == 36)
}

/// Asserts that two greppers answer alike; once more where a time moved on between the two.
#[track_caller]
fn alike(path: &str, ask: [&dyn Fn() -> Answer; 2]) -> Answer {
    let [one, other] = ask;
    let is_alike = |one: &Answer, other: &Answer| {
        one.status == other.status && comparable(&one.body) == comparable(&other.body)
    };
    let told = one();
    if is_alike(&told, &other()) {
        return told;
    }
    let (told, expected) = (one(), other());
    assert_eq!(
        (told.status, comparable(&told.body)),
        (expected.status, comparable(&expected.body)),
        "{path}"
    );
    told
}

/// An answer without the moment of its page, and without the names beside it: where something is hidden, fewer messages
/// tell which names there are.
fn comparable(body: &str) -> String {
    let (before, rest) = body
        .split_once("<aside class=\"facets\"")
        .unwrap_or((body, ""));
    let after = rest.split_once("</aside>").map_or("", |(_, after)| after);
    let mut text = before.to_owned() + after;
    for time in ["start=", "end="] {
        let mut parts = text.split(time);
        let first = parts.next().unwrap_or_default().to_owned();
        let left = parts.map(|part| part.find(['&', '"']).map_or("", |end| &part[end..]));
        text = first + &left.collect::<String>();
    }
    text
}

#[test]
fn whoever_shows_no_token_is_answered_as_if_what_is_hidden_were_not_there() {
    let (all, left) = (fresh(MESSAGES), fresh(MESSAGES));
    let hidden: HashSet<String> = values(
        &all,
        &format!("SELECT msg_id FROM messages WHERE {IS_HIDDEN}"),
    )
    .into_iter()
    .collect();
    assert!(hidden.len() > 200, "{}", hidden.len());
    rows(
        postgres(),
        &left.name,
        &format!("DELETE FROM messages WHERE {IS_HIDDEN}"),
    );
    for database in [&all, &left] {
        extract(database);
        rows(postgres(), &database.name, "ANALYZE");
        // Half of what is asked is told by postings.
        verify_counters(&database.url);
    }
    let guarded = hiding(&all, &[("GREPPER_TOKENS", TOKEN)]);
    let [of_all, of_left] = [&all, &left].map(|database| Grepper::start(&database.url, &[BASE]));
    let words = Words::of(&all);
    let mut random = Random::new(7);
    let (mut found, mut differ) = (0, 0);
    for _ in 0..REQUESTS {
        let (path, accept) = words.request(&mut random);
        let token = bearer(TOKEN);
        let shown = alike(
            &path,
            [&|| ask(&guarded, &path, accept, None), &|| {
                ask(&of_left, &path, accept, None)
            }],
        );
        let told = ids(&shown.body).find(|id| hidden.contains(*id) && !path.contains(*id));
        assert_eq!(told, None, "{path}");
        let seen = alike(
            &path,
            [&|| ask(&guarded, &path, accept, Some(&token)), &|| {
                ask(&of_all, &path, accept, None)
            }],
        );
        found += usize::from(shown.status == 200);
        differ += usize::from(shown.body != seen.body);
        for (answer, control) in [(&shown, None), (&seen, Some("private"))] {
            let told = answer.header("cache-control");
            if told != Some("no-store") {
                assert_eq!(told, control, "{path}");
                let vary = answer.header("vary").unwrap_or_default();
                assert!(vary.contains("Authorization"), "{path}: {vary}");
            }
        }
    }
    for (path, hidden) in [
        ("/v2/names?kind=category&limit=100", "\"bodhi\""),
        (
            "/v2/names?kind=topic&prefix=org.fedoraproject.prod.bodhi&limit=100",
            "bodhi.update",
        ),
    ] {
        let told = |token| ask(&guarded, path, "*/*", token).body.contains(hidden);
        assert!(!told(None) && told(Some(&*bearer(TOKEN))), "{path}");
    }
    lists_are_of_what_is_shown(&guarded, &of_left, &hidden);
    assert!(found > REQUESTS / 2, "{found} found");
    assert!(differ > REQUESTS / 5, "{differ} of {REQUESTS} differ");
    let log = guarded.process.log().expect("a log");
    assert!(
        !log.contains(" ERROR ") && !log.contains("panicked"),
        "{log}"
    );
}

/// An answer of lists without what changes with time.
fn lasting(answer: &Answer) -> Vec<String> {
    let answer = answer.json();
    let members = ["name", "category", "messages", "first", "last", "by_day"];
    let named = answer["names"].as_array().into_iter().flatten();
    let named = named.map(|name| members.map(|member| name[member].to_string()).join(" "));
    let new = answer["new"].as_array().into_iter().flatten();
    named.chain(new.map(ToString::to_string)).collect()
}

/// Lists, which are remembered, are told to nobody for whom they are not.
fn lists_are_of_what_is_shown(guarded: &Grepper, of_left: &Grepper, hidden: &HashSet<String>) {
    let token = bearer(TOKEN);
    for path in ["/topics/?format=json", "/categories/?format=json"] {
        let seen = ask(guarded, path, "*/*", Some(&token));
        let shown = lasting(&ask(guarded, path, "*/*", None));
        assert_eq!(shown, lasting(&ask(of_left, path, "*/*", None)), "{path}");
        assert!(lasting(&seen).len() > shown.len(), "{path}");
        assert!(seen.body.contains("bodhi"), "{path}");
    }
    for path in ["/packages/?format=json", "/users/?format=json"] {
        let new = |answer: Answer| answer.json()["new"].to_string();
        let shown = new(ask(guarded, path, "*/*", None));
        assert_eq!(shown, new(ask(of_left, path, "*/*", None)), "{path}");
    }
    for token in [Some(token.as_str()), None] {
        let home = ask(guarded, "/", "text/html", token).body;
        let told = ids(&home).filter(|id| hidden.contains(*id)).count();
        let told = told + home.matches(&format!("/topics/{}\"", TOPICS[0])).count();
        assert_eq!(told > 0, token.is_some(), "{token:?}: {home}");
    }
}

/// Stores a message with this id, topic and category, which is about a build.
fn come(database: &Database, id: &str, topic: &str, category: &str) {
    let sql = format!(
        "INSERT INTO messages (msg_id, i, topic, timestamp, category, msg) VALUES ('{id}', 0, '{topic}', now() AT TIME ZONE 'UTC', '{category}', '{{}}')"
    );
    rows(postgres(), &database.name, &sql);
}

#[test]
fn whoever_waits_without_token_is_not_told_of_what_comes_hidden() {
    let database = fresh(10);
    let guarded = hiding(&database, &[("GREPPER_TOKENS", TOKEN)]);
    let token = bearer(TOKEN);
    let since = chrono::Utc::now().timestamp();
    let search = format!("/v2/search?start={since}&wait=");
    thread::scope(|scope| {
        let with_token =
            ["/v2/id?id=secret&wait=50".to_owned(), search.clone() + "50"].map(|path| {
                let (guarded, token) = (&guarded, &token);
                scope.spawn(move || ask(guarded, &path, "*/*", Some(token)))
            });
        let without = ["/v2/id?id=secret&wait=8".to_owned(), search.clone() + "8"].map(|path| {
            let guarded = &guarded;
            scope.spawn(move || ask(guarded, &path, "*/*", None))
        });
        // All of them wait, and more than one look was made for each.
        thread::sleep(Duration::from_secs(3));
        let started = Instant::now();
        come(&database, "secret", TOPICS[0], "buildsys");
        let seen = with_token.map(|asking| asking.join().expect("an answer"));
        assert!(
            started.elapsed() < Duration::from_secs(4),
            "{:?}",
            started.elapsed()
        );
        assert_eq!((seen[0].status, &seen[1].json()["total"]), (200, &1.into()));
        let shown = without.map(|asking| asking.join().expect("an answer"));
        assert!(
            started.elapsed() > Duration::from_secs(4),
            "{:?}",
            started.elapsed()
        );
        assert_eq!(
            (shown[0].status, &shown[1].json()["total"]),
            (404, &0.into())
        );
    });
    let waiting = thread::scope(|scope| {
        let asking = scope.spawn(|| ask(&guarded, &(search + "50"), "*/*", None));
        eventually("it waits", Duration::from_secs(5), || !asking.is_finished());
        thread::sleep(Duration::from_secs(2));
        come(&database, "shown", "a.b.c.d", "d");
        asking.join().expect("an answer")
    });
    assert_eq!(waiting.json()["total"], 1, "what is shown comes");
}

#[test]
fn a_hidden_name_that_the_archive_has_never_seen_is_told_at_start() {
    let database = fresh(50);
    let [known] = &rows(
        postgres(),
        &database.name,
        "SELECT min(topic) FROM messages",
    )[..] else {
        panic!("there are messages");
    };
    let topics = format!("--hidden-topics={known},org.fedoraproject.prod.bodhi.mistyped");
    let arguments = [&*topics, "--hidden-categories=nosuch"];
    let grepper = Grepper::start_with(&database.url, &arguments, &[("GREPPER_TOKENS", TOKEN)]);
    let log = || grepper.process.log().unwrap_or_default();
    let told = |name: &str| {
        log()
            .lines()
            .any(|line| line.contains("has never come") && line.contains(name))
    };
    eventually("the category is told", Duration::from_secs(30), || {
        told("\"nosuch\"")
    });
    assert!(
        told("\"org.fedoraproject.prod.bodhi.mistyped\""),
        "{}",
        log()
    );
    assert!(!told(known), "{}", log());
}
