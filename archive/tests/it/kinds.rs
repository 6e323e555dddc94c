//! Every kind of search that clients send, and an archive to send them to.

use archive::{Dimension, Match, Order, Search, Span};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// Three years of a message every 25 minutes.
pub const MESSAGES: u64 = 60_000;

/// Fills a migrated database with [`MESSAGES`], whose topics have fewer than three words, so that they are of one class.
pub const FILL: &str = r#"
    INSERT INTO users (name) SELECT 'user' || n FROM generate_series(0, 9) n;
    INSERT INTO packages (name) SELECT 'package' || n FROM generate_series(0, 9) n;
    INSERT INTO messages (id, msg_id, i, topic, "timestamp", category, agent_name, msg, headers)
        SELECT n, 'id-' || n, 0, 'topic' || n % 4, '2022-01-01'::timestamp + n * interval '25 minutes', 'category' || n % 3,
               'user' || n % 10, '{"n": ' || n || '}', '{}'
        FROM generate_series(1, 60000) n;
    INSERT INTO users_messages SELECT 1 + id % 5, id, "timestamp" FROM messages;
    INSERT INTO packages_messages SELECT 1 + id % 7, id, "timestamp" FROM messages WHERE id % 2 = 0;
    INSERT INTO message_subjects
        SELECT id, "timestamp", (64::bigint << 56) | ('x' || encode(substr(sha256(('package:' || id % 7)::bytea), 1, 7), 'hex'))::bit(56)::bigint,
               ARRAY[2::bigint << 56 | id / 20, 3::bigint << 56 | id], -474954686
        FROM messages WHERE id % 2 = 0;
    ANALYZE"#;

pub fn only(name: &str) -> Match {
    Match {
        any: vec![name.to_owned()],
        none: Vec::new(),
    }
}

fn several<const N: usize>(names: [&str; N]) -> Match {
    Match {
        any: names.map(str::to_owned).into(),
        none: Vec::new(),
    }
}

/// 07:30 on the 11th of a month.
pub fn at(year: i32, month: u32) -> NaiveDateTime {
    NaiveDate::from_ymd_opt(year, month, 11)
        .and_then(|day| day.and_hms_opt(7, 30, 0))
        .expect("a time")
}

/// The kinds of search that look into bodies, which read all of them in their time.
pub fn of_bodies() -> Vec<(&'static str, Search)> {
    let month = Span::inclusive(Some(at(2023, 2)), Some(at(2023, 3)));
    vec![(
        "a text in bodies of a category",
        Search {
            filters: [(Dimension::Categories, only("category1"))].into(),
            contains: vec!["777".to_owned()],
            time: month,
            ..Search::default()
        },
    )]
}

/// Kinds of search beside those: messages without agent, which are counted row by row, and the
/// example by which the counters are explained.
pub fn of_others() -> Vec<(&'static str, Search)> {
    let minute = |year, month, day, hour, minute| {
        NaiveDate::from_ymd_opt(year, month, day)
            .and_then(|day| day.and_hms_opt(hour, minute, 0))
            .expect("a time")
    };
    vec![
        (
            "without an agent",
            Search {
                without_agent: true,
                ..Search::default()
            },
        ),
        (
            "the example of a category",
            Search {
                filters: [(Dimension::Categories, only("category1"))].into(),
                time: Span::between(minute(2022, 5, 3, 14, 20), minute(2024, 3, 2, 9, 10)),
                ..Search::default()
            },
        ),
    ]
}

/// Each other kind of search, with its name.
pub fn of_search() -> Vec<(&'static str, Search)> {
    let days = |start: NaiveDateTime, days| {
        Span::inclusive(Some(start), Some(start + TimeDelta::days(days)))
    };
    let year = days(at(2023, 2), 365);
    let all = Search::default;
    vec![
        ("everything", all()),
        (
            "oldest first",
            Search {
                order: Order::Ascending,
                ..all()
            },
        ),
        (
            "a year",
            Search {
                time: year,
                ..all()
            },
        ),
        (
            "a topic",
            Search {
                filters: [(Dimension::Topics, only("topic1"))].into(),
                ..all()
            },
        ),
        (
            "several topics",
            Search {
                filters: [(Dimension::Topics, several(["topic1", "topic2"]))].into(),
                ..all()
            },
        ),
        (
            "a category",
            Search {
                filters: [(Dimension::Categories, only("category1"))].into(),
                ..all()
            },
        ),
        (
            "a topic of a category",
            Search {
                filters: [
                    (Dimension::Topics, only("topic1")),
                    (Dimension::Categories, only("category1")),
                ]
                .into(),
                time: year,
                ..all()
            },
        ),
        (
            "all but a category",
            Search {
                filters: [(
                    Dimension::Categories,
                    Match {
                        any: vec![],
                        none: vec!["category1".into()],
                    },
                )]
                .into(),
                time: year,
                ..all()
            },
        ),
        (
            "a user",
            Search {
                filters: [(Dimension::Users, only("user1"))].into(),
                ..all()
            },
        ),
        (
            "a user over a year",
            Search {
                filters: [(Dimension::Users, only("user1"))].into(),
                time: year,
                ..all()
            },
        ),
        (
            "a package",
            Search {
                filters: [(Dimension::Packages, only("package2"))].into(),
                ..all()
            },
        ),
        (
            "several users over a year",
            Search {
                filters: [(Dimension::Users, several(["user1", "user2", "user3"]))].into(),
                time: year,
                ..all()
            },
        ),
        (
            "several users",
            Search {
                filters: [(Dimension::Users, several(["user1", "user2"]))].into(),
                ..all()
            },
        ),
        (
            "a user and a package",
            Search {
                filters: [
                    (Dimension::Users, only("user1")),
                    (Dimension::Packages, only("package2")),
                ]
                .into(),
                ..all()
            },
        ),
        (
            "a user in a category",
            Search {
                filters: [
                    (Dimension::Users, only("user1")),
                    (Dimension::Categories, only("category1")),
                ]
                .into(),
                ..all()
            },
        ),
        (
            "a topic of a package",
            Search {
                filters: [
                    (Dimension::Packages, only("package2")),
                    (Dimension::Topics, only("topic1")),
                ]
                .into(),
                time: year,
                ..all()
            },
        ),
        (
            "an agent",
            Search {
                filters: [(Dimension::Agents, only("user1"))].into(),
                ..all()
            },
        ),
        (
            "several agents",
            Search {
                filters: [(Dimension::Agents, several(["user1", "user2"]))].into(),
                time: year,
                ..all()
            },
        ),
        (
            "all but a user",
            Search {
                filters: [(
                    Dimension::Users,
                    Match {
                        none: vec!["user1".into()],
                        ..Match::default()
                    },
                )]
                .into(),
                ..all()
            },
        ),
        (
            "a component",
            Search {
                filters: [(Dimension::Subjects, only("package:2"))].into(),
                ..all()
            },
        ),
        (
            "a build",
            Search {
                filters: [(Dimension::Subjects, only("build:1500"))].into(),
                ..all()
            },
        ),
        (
            "a build and a category",
            Search {
                filters: [
                    (Dimension::Subjects, only("build:1500")),
                    (Dimension::Categories, only("category1")),
                ]
                .into(),
                ..all()
            },
        ),
        (
            "a component or a build and a user",
            Search {
                filters: [
                    (Dimension::Subjects, several(["build:1500", "package:2"])),
                    (Dimension::Users, only("user1")),
                ]
                .into(),
                ..all()
            },
        ),
        (
            "all but a build",
            Search {
                filters: [(
                    Dimension::Subjects,
                    Match {
                        none: vec!["build:1500".into()],
                        ..Match::default()
                    },
                )]
                .into(),
                ..all()
            },
        ),
        (
            "an unknown subject",
            Search {
                filters: [(Dimension::Subjects, only("build:9999999"))].into(),
                ..all()
            },
        ),
        (
            "an unknown user",
            Search {
                filters: [(Dimension::Users, only("nobody"))].into(),
                ..all()
            },
        ),
        (
            "an unknown topic",
            Search {
                filters: [(Dimension::Topics, only("nothing"))].into(),
                ..all()
            },
        ),
    ]
}
