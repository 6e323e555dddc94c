//! A small archive of our own making: one message a minute for the last five hours, and some old ones.

use archive::{Body, ConnectionOptions, Identity, NewMessage, Writer};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::support::programs::migrate;

pub const MINUTES: i64 = 300;
pub const PUSH: &str = "org.fedoraproject.prod.github.push";
pub const TAG: &str = "/topic/VirtualTopic.eng.brew.build.tag";
pub const COMMENT: &str = "org.fedoraproject.prod.bodhi.update.comment";

/// A message of the archive, as the tests reckon with it.
#[derive(Clone)]
pub struct Entry {
    pub id: String,
    pub time: NaiveDateTime,
    pub topic: &'static str,
    pub user: &'static str,
    pub package: &'static str,
}

pub struct OwnDatabase {
    pub url: String,
    pub name: String,
    pub entries: Vec<Entry>,
}

impl OwnDatabase {
    /// The ids of what matches, oldest first.
    pub fn ids(&self, matches: impl Fn(&Entry) -> bool) -> Vec<String> {
        self.entries
            .iter()
            .filter(|entry| matches(entry))
            .map(|entry| entry.id.clone())
            .collect()
    }
}

pub fn get() -> &'static OwnDatabase {
    static DATABASE: std::sync::OnceLock<OwnDatabase> = std::sync::OnceLock::new();
    DATABASE.get_or_init(|| {
        let database = devstack::shared_postgres()
            .and_then(devstack::Postgres::fresh_database)
            .expect("a database");
        migrate(&database.url);
        let entries = entries();
        let writer = Writer::new(&ConnectionOptions {
            url: database.url.clone(),
            application_name: "test",
            pool_size: 1,
            checkout_timeout: std::time::Duration::from_secs(10),
            statement_timeout: None,
            read_only: false,
        });
        let mut batch: Vec<NewMessage> = entries.iter().map(message).collect();
        writer.store(&mut batch).expect("stored");
        OwnDatabase {
            url: database.url,
            name: database.name,
            entries,
        }
    })
}

fn entries() -> Vec<Entry> {
    const TOPICS: [&str; 3] = [PUSH, TAG, COMMENT];
    const USERS: [&str; 4] = ["ralph", "sross", "alice", "bob"];
    const PACKAGES: [&str; 5] = ["firefox", "kernel", "nethack", "systemd", "dracut"];
    let now = Utc::now().naive_utc();
    let old = DateTime::from_timestamp(1_718_236_801, 500_000_000)
        .expect("a time")
        .naive_utc();
    let recent = (0..MINUTES).map(|n| now - TimeDelta::minutes(MINUTES - n));
    // Three share one moment, as whole seconds make them do.
    let times = [old, old, old, old + TimeDelta::days(1)]
        .into_iter()
        .chain(recent);
    times
        .enumerate()
        .map(|(n, time)| Entry {
            id: format!("{}-{n:04}", time.format("%Y")),
            time,
            topic: TOPICS[n % 3],
            user: USERS[n % 4],
            package: PACKAGES[n % 5],
        })
        .collect()
}

fn message(entry: &Entry) -> NewMessage {
    let body = format!(
        r#"{{"agent": "{}", "package": {{"name": "{}"}}, "anonymous": false}}"#,
        entry.user, entry.package
    );
    let headers = serde_json::json!({
        "fedora_messaging_schema": "base.message",
        "fedora_messaging_severity": 20,
        "priority": 0,
        "sent-at": format!("{}+00:00", entry.time.format("%Y-%m-%dT%H:%M:%S")),
    });
    NewMessage {
        msg_id: entry.id.clone(),
        identity: Identity::IdAndTime,
        topic: entry.topic.to_owned(),
        timestamp: entry.time,
        category: category_of(entry.topic),
        agent_name: Some(entry.user.to_owned()),
        body: Body::parse(&body).expect("a body"),
        headers: Some(headers.as_object().cloned().expect("a table")),
        legacy: None,
        users: vec![entry.user.to_owned()],
        packages: vec![entry.package.to_owned()],
        subjects: archive::Subjects::default(),
    }
}

fn category_of(topic: &str) -> String {
    match topic {
        PUSH => "github",
        TAG => "brew",
        _ => "bodhi",
    }
    .to_owned()
}
