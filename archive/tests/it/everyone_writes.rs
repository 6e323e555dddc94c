//! Totals are right whoever writes: our writer, and others with every kind of statement, some of
//! which they take back, while counters are folded, indexed, rebuilt and verified.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use archive::{Dimension, Match, PageRequest, Search, Span};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Utc};
use diesel::RunQueryDsl;
use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;

use crate::support::{Fixture, message, migrated, wrong};

const FOR: Duration = Duration::from_secs(6);

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// A time from 2009 to 2055, but most of them in three months of 2026.
    fn time(&mut self) -> NaiveDateTime {
        let (year, month) = match self.below(4) {
            0 => (2009 + self.below(47) as i32, 1),
            _ => (2026, 3),
        };
        let start =
            NaiveDate::from_ymd_opt(year, month, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
        start.expect("a time") + TimeDelta::minutes(self.below(90 * 24 * 60) as i64)
    }
}

/// A transaction as another program may run it; it may fail for what others do.
fn statement(dice: &mut Dice) -> String {
    let (n, m) = (dice.below(1 << 40), dice.below(7));
    let (time, other) = (dice.time(), dice.time());
    let columns = "(msg_id, i, topic, \"timestamp\", category, agent_name, msg)";
    let values = format!(
        "('{n}', 0, 't{m}', '{time}', 'c{}', 'a{}', '{{}}')",
        m % 3,
        m % 4
    );
    let one = format!(
        "id = (SELECT id FROM messages WHERE id >= {} ORDER BY id LIMIT 1)",
        n % 3000
    );
    let some = format!("id % 97 = {}", n % 97);
    let conflict = "ON CONFLICT (msg_id, \"timestamp\") DO";
    match dice.below(22) {
        0 => format!("INSERT INTO messages {columns} VALUES {values}"),
        1 => format!(
            "INSERT INTO messages {columns} SELECT '{n} ' || k, 0, 't' || k % 5, '{time}'::timestamp + k * interval '5 hours', 'c' || k % 3, NULL, '{{}}' FROM generate_series(1, 30) AS k"
        ),
        2 => format!(
            "INSERT INTO messages_y2026 {columns} VALUES ('{n}', 0, 't{m}', '2026-07-01', 'c1', NULL, '{{}}')"
        ),
        3 => format!(
            "COPY messages_y2026 {columns} FROM PROGRAM 'echo \"{n};0;t{m};2026-04-0{};c2;a1;{{}}\"' WITH (DELIMITER ';')",
            m + 1
        ),
        4 => format!("INSERT INTO messages {columns} VALUES {values}, {values} {conflict} NOTHING"),
        5 => format!(
            "INSERT INTO messages {columns} SELECT msg_id, 0, topic, \"timestamp\", category, NULL, msg FROM messages WHERE {some}
             {conflict} UPDATE SET topic = 't{m}', category = 'c{}'",
            m % 3
        ),
        6 => format!(
            "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
             MERGE INTO messages USING (SELECT '{n}' AS msg_id, '{time}'::timestamp AS at UNION ALL SELECT msg_id, \"timestamp\" FROM messages WHERE {some}) AS new
             ON messages.msg_id = new.msg_id AND messages.\"timestamp\" = new.at
             WHEN MATCHED THEN UPDATE SET category = 'c{}'
             WHEN NOT MATCHED THEN INSERT {columns} VALUES (new.msg_id, 0, 't{m}', new.at, 'c1', 'a1', '{{}}')",
            m % 3
        ),
        7 => format!(
            "WITH new AS (INSERT INTO messages {columns} VALUES {values} RETURNING id, \"timestamp\") SELECT 1;
             INSERT INTO users_messages SELECT u.id, m.id, m.\"timestamp\" FROM users u, messages m WHERE m.msg_id = '{n}' AND u.name = 'u{m}'"
        ),
        8 => format!(
            "SAVEPOINT s; INSERT INTO messages {columns} VALUES {values}; ROLLBACK TO s; DELETE FROM messages WHERE {one}"
        ),
        9 => format!("UPDATE messages SET \"timestamp\" = \"timestamp\" + interval '7 hours' WHERE {one}"),
        10 => format!("UPDATE messages SET \"timestamp\" = '{other}' WHERE {one}"),
        11 => format!("UPDATE messages SET topic = 't{m}', category = 'c{}' WHERE {some}", m % 3),
        12 => format!("UPDATE messages SET agent_name = nullif('a{m}', 'a0') WHERE {some}"),
        13 => format!(
            "UPDATE users_messages SET user_id = (SELECT id FROM users WHERE name = 'u{m}') WHERE msg_{one}"
        ),
        14 => format!(
            "INSERT INTO users_messages SELECT u.id, m.id, m.\"timestamp\" FROM users u, messages m WHERE m.{one} AND u.name = 'u{m}' ON CONFLICT DO NOTHING"
        ),
        15 => format!("DELETE FROM packages_messages WHERE msg_{one}"),
        16 => format!("DELETE FROM messages WHERE {one}"),
        17 => format!(
            "WITH gone AS (DELETE FROM messages WHERE {one} RETURNING *)
             INSERT INTO messages SELECT id, msg_id, i, topic, '{other}', certificate, signature, category, agent_name, crypto, source_name, source_version, msg, headers FROM gone"
        ),
        18 => format!("UPDATE messages SET id = nextval('messages_id_seq') WHERE {one}"),
        19 => format!("UPDATE messages SET msg = '{{\"n\": {n}}}' WHERE {some}"),
        20 => format!("DELETE FROM messages_y2026 WHERE id % 499 = {}", n % 499),
        _ => format!("UPDATE messages_y2026 SET category = 'c{}' WHERE {some}", m % 3),
    }
}

/// Runs transactions until it is time to stop, of which a third is taken back; answers how many were
/// kept and how many failed.
fn write(fixture: &Fixture, seed: u64, stop: &AtomicBool) -> (u64, u64) {
    let mut dice = Dice(seed);
    let mut session = PgConnection::establish(&fixture.database.url).expect("a session");
    let (mut kept, mut failed) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let statements: Vec<String> = (0..=dice.below(3)).map(|_| statement(&mut dice)).collect();
        let is_kept = dice.below(100) >= 35;
        let end = if is_kept { "COMMIT" } else { "ROLLBACK" };
        match session.batch_execute(&format!("BEGIN; {}; {end}", statements.join("; "))) {
            Ok(()) => kept += u64::from(is_kept),
            Err(_) => {
                failed += 1;
                session.batch_execute("ROLLBACK").expect("rolled back");
            }
        }
    }
    (kept, failed)
}

fn store_until(fixture: &Fixture, stop: &AtomicBool) {
    let mut dice = Dice(7);
    while !stop.load(Ordering::Relaxed) {
        store(fixture, &mut dice);
    }
}

fn store(fixture: &Fixture, dice: &mut Dice) {
    let messages: Vec<_> = (0..=dice.below(20))
        .map(|_| {
            let mut message = message(&dice.below(1 << 40).to_string());
            message.timestamp = dice.time();
            message.topic = format!("t{}", dice.below(7));
            message.category = format!("c{}", dice.below(3));
            message.users = (0..dice.below(3))
                .map(|n| format!("u{}", n * 3 + dice.below(3)))
                .collect();
            message.packages = (0..dice.below(2))
                .map(|_| format!("p{}", dice.below(5)))
                .collect();
            message.agent_name = (dice.below(2) == 0).then(|| format!("a{}", dice.below(7)));
            message
        })
        .collect();
    fixture.store(messages);
}

/// A search of random filters, and its condition in SQL.
fn search(dice: &mut Dice) -> (Search, String) {
    let mut search = Search::default();
    let mut condition = "true".to_owned();
    let letters = ["c", "t", "a", "u", "p"];
    let dimensions = [
        Dimension::Categories,
        Dimension::Topics,
        Dimension::Agents,
        Dimension::Users,
        Dimension::Packages,
    ];
    for (letter, dimension) in letters.into_iter().zip(dimensions) {
        if dice.below(3) > 0 {
            continue;
        }
        let names: Vec<String> = (0..=dice.below(2))
            .map(|_| format!("{letter}{}", dice.below(7)))
            .collect();
        let list = names
            .iter()
            .map(|name| format!("'{name}'"))
            .collect::<Vec<_>>()
            .join(", ");
        let of = |table: &str, key: &str| {
            format!(
                "EXISTS (SELECT FROM {table}_messages tie JOIN {table} n ON n.id = tie.{key} WHERE tie.msg_id = m.id AND tie.msg_timestamp = m.\"timestamp\" AND n.name IN ({list}))"
            )
        };
        let is = match letter {
            "c" => format!("category IN ({list})"),
            "t" => format!("topic IN ({list})"),
            "a" => format!("coalesce(agent_name, '') IN ({list})"),
            "u" => of("users", "user_id"),
            _ => of("packages", "package_id"),
        };
        let (mut any, mut none) = (Vec::new(), Vec::new());
        if dice.below(4) == 0 {
            none = names;
            condition += &format!(" AND NOT {is}");
        } else {
            any = names;
            condition += &format!(" AND {is}");
        }
        search.filters[dimension] = Match { any, none };
    }
    if dice.below(2) == 0 {
        let (a, b) = (dice.time(), dice.time());
        let (from, to) = (a.min(b), a.max(b) + TimeDelta::seconds(1));
        search.time = Span::between(from, to);
        condition += &format!(" AND \"timestamp\" >= '{from}' AND \"timestamp\" < '{to}'");
    }
    (search, condition)
}

#[derive(Debug, diesel::QueryableByName, Eq, PartialEq)]
struct Answer {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    total: i64,
    /// The ids of the newest ten.
    #[diesel(sql_type = diesel::sql_types::Array<diesel::sql_types::BigInt>)]
    ids: Vec<i64>,
}

#[test]
fn totals_are_right_whoever_writes_and_verify_tells_no_false_alarm() {
    let fixture = migrated();
    fixture.sql("INSERT INTO users (name) SELECT 'u' || n FROM generate_series(0, 9) AS n");
    let (stop, kept) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        let (fixture, stop, kept) = (&fixture, &stop, &kept);
        scope.spawn(|| store_until(fixture, stop));
        for seed in [11, 12] {
            scope.spawn(move || {
                let (done, failed) = write(fixture, seed, stop);
                kept.fetch_add(done, Ordering::Relaxed);
                assert!(
                    failed < done,
                    "{failed} transactions failed, {done} did not"
                );
            });
        }
        let start = Instant::now();
        let mut alarms = Vec::new();
        for round in 0.. {
            if start.elapsed() > FOR {
                break;
            }
            match round % 6 {
                5 => fixture.upkeep.rebuild_counters().expect("rebuilt"),
                n => {
                    // At a time when the days of the messages are past, and have ids.
                    let now = Utc::now().naive_utc() + TimeDelta::days(i64::from(n) * 300);
                    fixture.upkeep.keep_counters(now).expect("kept");
                }
            }
            alarms.extend(wrong(fixture));
        }
        stop.store(true, Ordering::Relaxed);
        assert_eq!(alarms, []);
    });
    assert!(kept.into_inner() > 100, "others hardly wrote");
    assert_eq!(wrong(&fixture), []);
    assert_eq!(fixture.upkeep.lost_ties().expect("counted"), 0);
    totals_are_right(&fixture, 20);
    fixture
        .upkeep
        .index_counters(Utc::now().naive_utc())
        .expect("indexed");
    totals_are_right(&fixture, 1_480);
}

fn totals_are_right(fixture: &Fixture, searches: u32) {
    let mut session = PgConnection::establish(&fixture.database.url).expect("a session");
    let mut dice = Dice(u64::from(searches));
    for _ in 0..searches {
        is_right(fixture, &mut session, &search(&mut dice));
    }
}

fn is_right(fixture: &Fixture, session: &mut PgConnection, (search, condition): &(Search, String)) {
    let there: Answer = diesel::sql_query(format!(
        "SELECT count(*) AS total, coalesce((array_agg(id ORDER BY \"timestamp\" DESC, id DESC))[:10], '{{}}') AS ids
         FROM messages m WHERE {condition}"
    ))
    .get_result(session)
    .expect("counted");
    let page = PageRequest {
        number: 1,
        size: 10,
    };
    let page = fixture.reader.search(search, page).expect("found");
    let answer = Answer {
        total: page.total as i64,
        ids: page.messages.iter().map(|message| message.id).collect(),
    };
    assert_eq!(answer, there, "{condition}");
}

/// While dead rows stay, notes stay notes, are put together, and are taken into the counters at last.
#[test]
fn what_is_remembered_beside_notes_is_right_after_each_transaction() {
    let fixture = migrated();
    fixture.sql("INSERT INTO users (name) SELECT 'u' || n FROM generate_series(0, 9) AS n");
    let mut dice = Dice(5);
    for _ in 0..30 {
        store(&fixture, &mut dice);
    }
    let now = Utc::now().naive_utc() + TimeDelta::days(300);
    fixture.upkeep.index_counters(now).expect("indexed");
    let mut snapshot = PgConnection::establish(&fixture.database.url).expect("a session");
    let mut session = PgConnection::establish(&fixture.database.url).expect("a session");
    let searches: Vec<_> = (0..15).map(|_| search(&mut dice)).collect();
    for round in 0..150 {
        if round % 60 == 0 {
            snapshot
                .batch_execute(
                    "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM messages",
                )
                .expect("a snapshot");
            fixture.upkeep.fold_counters().expect("folded");
        }
        match dice.below(8) {
            0..3 => store(&fixture, &mut dice),
            3 => drop(fixture.upkeep.keep_counters(now).expect("kept")),
            // It may be refused.
            _ => drop(session.batch_execute(&format!("BEGIN; {}; COMMIT", statement(&mut dice)))),
        }
        session.batch_execute("ROLLBACK").expect("no transaction");
        for search in &searches {
            is_right(&fixture, &mut session, search);
        }
        if round % 60 == 50 {
            snapshot.batch_execute("COMMIT").expect("given back");
        }
    }
    assert_eq!(wrong(&fixture), []);
}
