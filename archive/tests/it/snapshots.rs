//! An open snapshot (a dump, a report) keeps dead rows in the tables: neither readers nor the upkeep
//! get slow by them.

use archive::{Order, PageRequest, Search};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use diesel::connection::{Connection, SimpleConnection};
use diesel::pg::PgConnection;

use crate::support::{Fixture, at, message, migrated, wrong};

/// A session with a snapshot that it keeps.
fn snapshot(fixture: &Fixture) -> PgConnection {
    let mut session = PgConnection::establish(&fixture.database.url).expect("a session");
    session
        .batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM messages")
        .expect("a snapshot");
    session
}

/// Stores small batches, after each of which the upkeep does what it does every few seconds.
fn store_much(fixture: &Fixture, batches: i64, now: NaiveDateTime) {
    for batch in 0..batches {
        let of = |n: i64| {
            let mut message = message(&format!("{batch} {n}"));
            message.timestamp = at(batch % 60);
            message.topic = format!("topic {}", n % 5);
            message.users = vec![format!("user {}", n % 3)];
            message
        };
        fixture.store((0..6).map(of).collect::<Vec<_>>());
        fixture.upkeep.keep_counters(now).expect("kept");
    }
}

/// How many pages a statement visits in a session such as a reader's.
fn pages(fixture: &Fixture, statement: &str) -> u64 {
    let plan = fixture.sql(&format!(
        "SET enable_sort = off; SET enable_bitmapscan = off; EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {statement}"
    ));
    let (_, buffers) = plan.split_once("Buffers: shared ").expect("buffers");
    let of_plan = buffers.lines().next().unwrap_or_default();
    ["hit=", "read="]
        .map(|found| number_behind(found, of_plan))
        .iter()
        .sum()
}

/// The number behind a word, 0 if the word is not there.
fn number_behind(word: &str, text: &str) -> u64 {
    let (_, rest) = text.split_once(word).unwrap_or_default();
    let end = rest.find(|c: char| !c.is_ascii_digit());
    rest[..end.unwrap_or(rest.len())].parse().unwrap_or(0)
}

const NOTES: &str = "SELECT sum(change) FROM counter_notes WHERE kind = 'm' AND name = ''";
const COUNTERS: &str = "SELECT sum(count) FROM counters WHERE kind = 'm' AND name = '' AND span = 'y' AND start >= '2000-01-01'";

#[test]
fn dead_notes_and_counters_are_passed_while_a_snapshot_is_open() {
    let fixture = migrated();
    let now = Utc::now().naive_utc();
    store_much(&fixture, 1, now);
    let mut open = snapshot(&fixture);
    store_much(&fixture, 400, now);
    let all = pages(&fixture, "SELECT sum(change) FROM counter_changes");
    assert!(all > 25, "{all} pages: nothing is dead");
    for statement in [NOTES, COUNTERS] {
        let pages = pages(&fixture, statement);
        assert!(pages < 20, "{pages} pages: {statement}");
    }
    assert_eq!(wrong(&fixture), []);
    assert_eq!(fixture.reader.total().expect("a total"), 400 * 6);
    open.batch_execute("COMMIT").expect("given back");
    fixture.upkeep.keep_counters(now).expect("kept");
    let left = "SELECT count(*) FROM counter_changes";
    assert_eq!(
        fixture.sql(left),
        "0",
        "taken into the counters as soon as dead rows can go"
    );
    assert_eq!(wrong(&fixture), []);
}

/// A writer that began before notes were folded, and ends after.
#[test]
fn notes_of_a_long_transaction_are_found_when_it_ends() {
    let fixture = migrated();
    let now = Utc::now().naive_utc();
    let mut writer = PgConnection::establish(&fixture.database.url).expect("a session");
    writer
        .batch_execute(
            "BEGIN; INSERT INTO messages (i, topic, \"timestamp\", category, msg) VALUES (0, 't', '2024-05-01', 'c', '{}')",
        )
        .expect("inserted");
    store_much(&fixture, 120, now);
    fixture.upkeep.fold_counters().expect("folded");
    store_much(&fixture, 1, now);
    writer.batch_execute("COMMIT").expect("committed");
    assert_eq!(fixture.reader.total().expect("a total"), 121 * 6 + 1 - 6);
    assert_eq!(wrong(&fixture), []);
    fixture.upkeep.keep_counters(now).expect("kept");
    assert_eq!(wrong(&fixture), []);
}

/// A dump that is restored elsewhere speaks of the transactions of another server.
#[test]
fn the_horizon_of_another_server_is_not_believed() {
    let fixture = migrated();
    fixture.store([message("a")]);
    fixture.upkeep.fold_counters().expect("folded");
    // As a dump brings it, and by chance with the number of the transaction that restores it.
    for (n, number) in ["xact", "pg_current_xact_id()"].into_iter().enumerate() {
        fixture.sql(&format!(
            "CREATE TEMP TABLE dump AS SELECT *, '999999999'::xid8 AS later FROM counter_horizon; DELETE FROM counter_horizon;
             INSERT INTO counter_horizon (number, past, open, settled, settled_at, xact) OVERRIDING SYSTEM VALUE
             SELECT number, later, open, settled, settled_at, {number} FROM dump"
        ));
        fixture.store([message(&format!("b{n}"))]);
        assert_eq!(fixture.reader.total().expect("a total"), 2 + n as u64);
    }
    assert_eq!(wrong(&fixture), []);
    fixture.upkeep.fold_counters().expect("folded");
    assert_eq!(fixture.sql("SELECT count(*) FROM counter_changes"), "0");
    assert_eq!(wrong(&fixture), []);
    fixture.sql("DELETE FROM counter_horizon");
    fixture.store([message("c")]);
    assert_eq!(fixture.reader.total().expect("a total"), 4);
    fixture.upkeep.fold_counters().expect("folded");
    assert_eq!(fixture.sql("SELECT count(*) FROM counter_horizon"), "1");
    assert_eq!(
        fixture.sql("SELECT xmin = xact::xid AND past <= xact FROM counter_horizon"),
        "t"
    );
    assert_eq!(wrong(&fixture), []);
}

/// The program of before folds on with what it knows, which is neither the horizon nor who wrote.
#[test]
fn a_previous_program_may_fold_as_well() {
    let fixture = migrated();
    let now = Utc::now().naive_utc();
    let open = snapshot(&fixture);
    store_much(&fixture, 130, now);
    fixture.sql(
        "WITH notes AS (DELETE FROM counter_changes RETURNING kind, name, category, at, change)
         INSERT INTO counters AS kept (kind, name, category, span, start, count)
         SELECT kind, name, category, span, start, sum(change)
         FROM notes CROSS JOIN LATERAL (VALUES ('d', date_trunc('day', at)), ('m', date_trunc('month', at)),
                                               ('y', date_trunc('year', at))) AS spans (span, start)
         GROUP BY 1, 2, 3, 4, 5
         ON CONFLICT (kind, name, span, start, category) DO UPDATE SET count = kept.count + excluded.count, ids = NULL",
    );
    assert_eq!(fixture.reader.total().expect("a total"), 130 * 6);
    store_much(&fixture, 130, now);
    assert_eq!(fixture.reader.total().expect("a total"), 130 * 6);
    drop(open);
}

#[test]
fn what_keeps_dead_rows_is_told_after_an_hour() {
    let fixture = migrated();
    let now = Utc::now().naive_utc();
    let later = now + TimeDelta::hours(2);
    assert_eq!(fixture.upkeep.held_back(later).expect("asked"), None);
    let open = snapshot(&fixture);
    assert_eq!(fixture.upkeep.held_back(now).expect("asked"), None);
    let held = fixture
        .upkeep
        .held_back(later)
        .expect("asked")
        .expect("held");
    assert!(held.holder.starts_with("session "), "{held:?}");
    assert!(held.holder.contains(" since 20"), "{held:?}");
    drop(open);
}

#[test]
fn a_publication_of_all_tables_stops_nothing() {
    let fixture = migrated();
    fixture.sql("CREATE PUBLICATION everything FOR ALL TABLES");
    let without_identity = fixture.sql(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
           AND (relreplident = 'n' OR relreplident = 'd'
                AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = pg_class.oid AND indisprimary))",
    );
    assert_eq!(without_identity, "");
    let mut new = message("a");
    new.users = vec!["alice".to_owned()];
    fixture.store([new]);
    fixture.upkeep.fold_counters().expect("folded");
    fixture.upkeep.rebuild_counters().expect("rebuilt");
    fixture.sql("UPDATE messages SET \"timestamp\" = '2031-01-01'");
    fixture
        .upkeep
        .add_partitions(at(0) + TimeDelta::days(7 * 365))
        .expect("added");
    fixture.sql("DELETE FROM messages");
    fixture.upkeep.fold_counters().expect("folded");
    let page = PageRequest { number: 1, size: 1 };
    let search = Search {
        order: Order::Ascending,
        ..Search::default()
    };
    assert_eq!(
        fixture.reader.search(&search, page).expect("found").total,
        0
    );
    assert_eq!(wrong(&fixture), []);
}
