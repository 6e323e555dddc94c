//! A migrated database for each test, and messages to put into it.

use std::time::Duration;

use archive::{
    Body, ConnectionOptions, DeadLetter, Identity, Message, NewMessage, Order, PageRequest,
    Position, Reader, Search, Upkeep, Writer,
};
use chrono::{NaiveDate, NaiveDateTime};

pub struct Fixture {
    pub database: devstack::Database,
    pub options: ConnectionOptions,
    pub writer: Writer,
    pub upkeep: Upkeep,
    pub reader: Reader,
}

/// A database without tables.
pub fn empty() -> Fixture {
    let server = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = server.fresh_database().expect("a database");
    let options = ConnectionOptions {
        url: database.url.clone(),
        application_name: "test",
        pool_size: 4,
        checkout_timeout: Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    };
    let reader = Reader::new(&ConnectionOptions {
        read_only: true,
        ..options.clone()
    });
    Fixture {
        writer: Writer::new(&options),
        upkeep: Upkeep::new(&options),
        reader,
        database,
        options,
    }
}

/// A migrated one.
pub fn migrated() -> Fixture {
    let fixture = empty();
    archive::migration::apply(&fixture.options).expect("migrations");
    fixture
}

impl Fixture {
    pub fn read_only(&self) -> ConnectionOptions {
        ConnectionOptions {
            read_only: true,
            ..self.options.clone()
        }
    }

    pub fn sql(&self, sql: &str) -> String {
        let server = devstack::shared_postgres().expect("a PostgreSQL server");
        server.run_sql(&self.database.name, sql).expect(sql)
    }

    pub fn store(&self, messages: impl Into<Vec<NewMessage>>) -> Vec<archive::Outcome> {
        self.writer.store(&mut messages.into()).expect("stored")
    }

    pub fn all(&self) -> Vec<Message> {
        let search = Search {
            order: Order::Ascending,
            ..Search::default()
        };
        self.reader
            .search(
                &search,
                PageRequest {
                    number: 1,
                    size: 10_000,
                },
            )
            .expect("found")
            .messages
    }
}

/// Noon of a day in May 2024, and `seconds` later.
pub fn at(seconds: i64) -> NaiveDateTime {
    let noon = NaiveDate::from_ymd_opt(2024, 5, 1)
        .and_then(|day| day.and_hms_opt(12, 0, 0))
        .expect("a date");
    noon + chrono::TimeDelta::seconds(seconds)
}

pub fn message(msg_id: &str) -> NewMessage {
    NewMessage {
        msg_id: msg_id.to_owned(),
        identity: Identity::IdAndTime,
        topic: "org.fedoraproject.prod.wiki.article.edit".to_owned(),
        timestamp: at(0),
        category: "wiki".to_owned(),
        agent_name: None,
        body: Body::parse("{}").expect("a body"),
        headers: Some(serde_json::Map::new()),
        legacy: None,
        users: Vec::new(),
        packages: Vec::new(),
        subjects: archive::Subjects::default(),
    }
}

/// A delivery that is no JSON.
pub fn letter(body: &[u8]) -> DeadLetter {
    DeadLetter {
        reason: "no JSON".to_owned(),
        received_at: at(0),
        queue: "q".to_owned(),
        exchange: "amq.topic".to_owned(),
        routing_key: "a.b".to_owned(),
        properties: serde_json::json!({"headers": {"x": "nul \0"}}),
        body: body.to_vec(),
    }
}

/// Where a stored message stands.
pub fn position(message: &Message) -> Position {
    Position {
        timestamp: message.timestamp,
        id: message.id,
    }
}

/// Several of them share a moment, so that time alone cannot tell where a part ends.
pub fn numbered(count: i64) -> Vec<NewMessage> {
    let of = |n: i64| NewMessage {
        timestamp: at(n / 3),
        ..message(&format!("{n:03}"))
    };
    (0..count).map(of).collect()
}

/// Counters that are wrong.
pub fn wrong(fixture: &Fixture) -> Vec<archive::WrongCounter> {
    fixture.upkeep.verify_counters(10).expect("verified")
}

/// Gives ids to all counters that should have them.
pub fn index_all(fixture: &Fixture) {
    let mut rounds = 0;
    while fixture
        .upkeep
        .index_counters(at(0) + chrono::TimeDelta::days(99))
        .expect("indexed")
        > 0
    {
        rounds += 1;
        assert!(rounds < 100, "it never ends");
    }
}
