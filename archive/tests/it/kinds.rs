//! Every kind of search that clients send, and an archive to send them to.

use archive::{Match, Order, Search, TimeRange};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

/// Three years of a message every 25 minutes.
pub const MESSAGES: u64 = 60_000;

/// Fills a migrated database with [`MESSAGES`].
pub const FILL: &str = r#"
    INSERT INTO users (name) SELECT 'user' || n FROM generate_series(0, 9) n;
    INSERT INTO packages (name) SELECT 'package' || n FROM generate_series(0, 9) n;
    INSERT INTO messages (id, msg_id, i, topic, "timestamp", category, agent_name, msg, headers)
        SELECT n, 'id-' || n, 0, 'topic' || n % 4, '2022-01-01'::timestamp + n * interval '25 minutes', 'category' || n % 3,
               'user' || n % 10, '{"n": ' || n || '}', '{}'
        FROM generate_series(1, 60000) n;
    INSERT INTO users_messages SELECT 1 + id % 5, id, "timestamp" FROM messages;
    INSERT INTO packages_messages SELECT 1 + id % 7, id, "timestamp" FROM messages WHERE id % 2 = 0;
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
    let month = TimeRange {
        start: Some(at(2023, 2)),
        end: Some(at(2023, 3)),
    };
    vec![(
        "a text in bodies of a category",
        Search {
            categories: only("category1"),
            contains: vec!["777".to_owned()],
            time: month,
            ..Search::default()
        },
    )]
}

/// Each other kind of search, with its name.
pub fn of_search() -> Vec<(&'static str, Search)> {
    let days = |start: NaiveDateTime, days| TimeRange {
        start: Some(start),
        end: Some(start + TimeDelta::days(days)),
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
                topics: only("topic1"),
                ..all()
            },
        ),
        (
            "several topics",
            Search {
                topics: several(["topic1", "topic2"]),
                ..all()
            },
        ),
        (
            "a category",
            Search {
                categories: only("category1"),
                ..all()
            },
        ),
        (
            "a topic of a category",
            Search {
                topics: only("topic1"),
                categories: only("category1"),
                time: year,
                ..all()
            },
        ),
        (
            "all but a category",
            Search {
                categories: Match {
                    any: vec![],
                    none: vec!["category1".into()],
                },
                time: year,
                ..all()
            },
        ),
        (
            "a user",
            Search {
                users: only("user1"),
                ..all()
            },
        ),
        (
            "a user over a year",
            Search {
                users: only("user1"),
                time: year,
                ..all()
            },
        ),
        (
            "a package",
            Search {
                packages: only("package2"),
                ..all()
            },
        ),
        (
            "several users over a year",
            Search {
                users: several(["user1", "user2", "user3"]),
                time: year,
                ..all()
            },
        ),
        (
            "several users",
            Search {
                users: several(["user1", "user2"]),
                ..all()
            },
        ),
        (
            "a user and a package",
            Search {
                users: only("user1"),
                packages: only("package2"),
                ..all()
            },
        ),
        (
            "a user in a category",
            Search {
                users: only("user1"),
                categories: only("category1"),
                ..all()
            },
        ),
        (
            "a topic of a package",
            Search {
                packages: only("package2"),
                topics: only("topic1"),
                time: year,
                ..all()
            },
        ),
        (
            "an agent",
            Search {
                agents: only("user1"),
                ..all()
            },
        ),
        (
            "several agents",
            Search {
                agents: several(["user1", "user2"]),
                time: year,
                ..all()
            },
        ),
        (
            "all but a user",
            Search {
                users: Match {
                    none: vec!["user1".into()],
                    ..Match::default()
                },
                ..all()
            },
        ),
        (
            "an unknown user",
            Search {
                users: only("nobody"),
                ..all()
            },
        ),
        (
            "an unknown topic",
            Search {
                topics: only("nothing"),
                ..all()
            },
        ),
    ]
}
