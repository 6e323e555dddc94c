//! An archive with the simulator's traffic, and the reference database's messages where they are at hand.

use std::sync::OnceLock;

use archive::{Body, ConnectionOptions, Identity, NewMessage, Writer};
use chrono::{DateTime, TimeDelta, Utc};
use devstack::Database;
use simulator::{Sample, Traffic};

use super::programs::migrate;
use super::{golden_database, rows};

/// A new database with `count` messages of the last 60 days up to half an hour ago, the same in each of a process.
pub fn fresh(count: u32) -> Database {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    if let Some(statements) = golden_database::statements() {
        // Rows bring their keys; the next ones are beyond those.
        let keys = "SELECT setval(pg_get_serial_sequence('messages', 'id'), 10000);";
        postgres
            .run_sql(&database.name, &(statements + keys))
            .expect("loaded");
    }
    let writer = writer(&database);
    static END: OnceLock<DateTime<Utc>> = OnceLock::new();
    let end = *END.get_or_init(|| Utc::now() - TimeDelta::minutes(30));
    let samples: Vec<Sample> = Traffic::new(16)
        .history(count, TimeDelta::days(60), end)
        .collect();
    for samples in samples.chunks(200) {
        let mut batch: Vec<NewMessage> = samples.iter().map(message).collect();
        writer.store(&mut batch).expect("stored");
    }
    database
}

/// What stores messages in it.
pub fn writer(database: &Database) -> Writer {
    Writer::new(&ConnectionOptions {
        url: database.url.clone(),
        application_name: "test",
        pool_size: 1,
        checkout_timeout: std::time::Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    })
}

/// A message as it is stored, but for what it is about.
pub fn message(sample: &Sample) -> NewMessage {
    NewMessage {
        msg_id: sample.id.clone(),
        identity: Identity::IdAndTime,
        topic: sample.topic.clone(),
        timestamp: sample.sent_at.naive_utc(),
        category: sample.category().to_owned(),
        agent_name: sample.users.first().cloned(),
        body: Body::parse(&sample.body).expect("a body"),
        headers: Some(sample.headers.clone()),
        legacy: None,
        users: sample.users.clone(),
        packages: sample.packages.clone(),
        subjects: archive::Subjects::default(),
    }
}

/// The values of a column, or of what else `sql` answers, as they can be asked for.
pub fn values(database: &Database, sql: &str) -> Vec<String> {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    rows(postgres, &database.name, sql)
}
