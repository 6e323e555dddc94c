//! Archives that pages are looked at over: filled by `nommer import`, and served by grepper.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use devstack::Database;
use serde_json::{Map, Value, json};
use simulator::{Sample, Traffic};

use crate::hostile;
use crate::support::programs::{Grepper, clean, migrate};
use crate::support::rows;
use crate::support::sample_archive::{message, writer};

const SEED: u64 = 19;

/// An archive, and who serves it.
pub struct Archive {
    database: Database,
    pub grepper: Grepper,
    /// What addresses of pages are made with.
    pub names: BTreeMap<&'static str, String>,
}

impl Archive {
    /// With what a month of a bus brings.
    pub fn usual() -> &'static Self {
        static USUAL: OnceLock<Archive> = OnceLock::new();
        USUAL.get_or_init(|| {
            let samples = history(1800, TimeDelta::days(30));
            let lines: String = samples.iter().map(line).collect();
            let mut archive = Self::of(&lines);
            archive.names.insert("nvr", told(&samples, "nvr:"));
            archive
        })
    }

    /// With what somebody sends who means harm.
    pub fn hostile() -> &'static Self {
        static HOSTILE: OnceLock<Archive> = OnceLock::new();
        HOSTILE.get_or_init(|| {
            let samples = history(300, TimeDelta::days(3));
            let mut archive = Self::of(&hostile::lines(&samples));
            archive.names.extend(hostile::names());
            archive
        })
    }

    /// With some hours, to which more comes.
    pub fn short() -> Self {
        let samples = history(400, TimeDelta::hours(4));
        Self::of(&samples.iter().map(line).collect::<String>())
    }

    fn of(lines: &str) -> Self {
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        let database = postgres.fresh_database().expect("a database");
        migrate(&database.url);
        import(&database, lines);
        let grepper = Grepper::start(&database.url, &[]);
        let names = names(&database);
        Self {
            database,
            grepper,
            names,
        }
    }

    /// Another grepper, whose sessions log what they ask.
    pub fn told(&self) -> Grepper {
        let url = &self.database.url;
        let mark = if url.contains('?') { '&' } else { '?' };
        Grepper::start(&format!("{url}{mark}options=-c%20log_statement%3Dall"), &[])
    }

    /// Where its server logs, and what it calls the database.
    pub fn log(&self) -> (&'static Path, &str) {
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        (postgres.log_file(), &self.database.name)
    }

    /// So many messages a second arrive, until it is `over`.
    pub fn flow(&self, rate: u32, over: impl Fn() -> bool) {
        const PORTION: u32 = 5;
        let writer = writer(&self.database);
        let mut traffic = Traffic::new(SEED + 1);
        let (start, mut sent) = (Instant::now(), 0);
        while !over() {
            let mut batch: Vec<_> = (0..PORTION)
                .map(|_| message(&traffic.message(Utc::now())))
                .collect();
            writer.store(&mut batch).expect("stored");
            sent += PORTION;
            let due = start + Duration::from_secs(1) * sent / rate;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// Messages of this time up to a minute ago, in the order in which they were sent.
fn history(count: u32, span: TimeDelta) -> Vec<Sample> {
    let end: DateTime<Utc> = Utc::now() - TimeDelta::minutes(1);
    Traffic::new(SEED).history(count, span, end).collect()
}

/// A message as files have it.
pub fn line(sample: &Sample) -> String {
    let body: Value = serde_json::from_str(&sample.body).expect("JSON");
    written(&sample.id, &sample.topic, &sample.headers, &body)
}

pub fn written(id: &str, topic: &str, headers: &Map<String, Value>, body: &Value) -> String {
    json!({"id": id, "topic": topic, "headers": headers, "body": body}).to_string() + "\n"
}

fn import(database: &Database, lines: &str) {
    let mut child = clean("nommer")
        .args(["-c", "/dev/null", "import"])
        .env("DATABASE_URL", &database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("nommer");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(lines.as_bytes()).expect("read to the end");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains(" 0 put aside"),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What most messages are about, and the newest one.
fn names(database: &Database) -> BTreeMap<&'static str, String> {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let one = |sql: &str| {
        rows(postgres, &database.name, sql)
            .pop()
            .unwrap_or_default()
    };
    let busiest = |table: &str, key: &str| {
        one(&format!(
            "SELECT name FROM {table} JOIN {table}_messages t ON t.{key} = {table}.id
             GROUP BY name ORDER BY count(*) DESC, name LIMIT 1"
        ))
    };
    let commonest = |column: &str| {
        one(&format!(
            "SELECT {column} FROM messages GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        ))
    };
    BTreeMap::from([
        ("user", busiest("users", "user_id")),
        ("package", busiest("packages", "package_id")),
        ("topic", commonest("topic")),
        ("category", commonest("category")),
        (
            "id",
            one("SELECT msg_id FROM messages ORDER BY \"timestamp\" DESC, id DESC LIMIT 1"),
        ),
    ])
}

/// The name of the last thing of a kind of which a story was told.
fn told(samples: &[Sample], kind: &str) -> String {
    let ends = samples
        .iter()
        .rev()
        .filter_map(|sample| sample.ends.as_ref());
    ends.flat_map(|story| &story.ends)
        .find_map(|end| end.subject.strip_prefix(kind))
        .expect("a story of one")
        .to_owned()
}
