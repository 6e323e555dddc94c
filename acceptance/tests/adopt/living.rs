//! Both archives are in use while one takes the other over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use archive::{Body, ConnectionOptions, Identity, NewMessage, Subjects, Writer};
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use devstack::Database;

use crate::both::{new, old, sql, succeed};
use crate::support::programs::verify_counters;

/// A moment of the last minutes of the old archive.
fn moment(n: u32) -> NaiveDateTime {
    let first = DateTime::from_timestamp_secs(1_734_652_800).unwrap_or_default();
    first.naive_utc() + TimeDelta::minutes(10_000) + TimeDelta::milliseconds(i64::from(n) * 700)
}

/// Both consumers get the same messages, in batches: each is stored by one, and then by the other.
fn live(old: &Database, new: &Database, is_over: &AtomicBool) -> u32 {
    let writer = Writer::new(&ConnectionOptions {
        url: new.url.clone(),
        application_name: "nommer",
        pool_size: 2,
        checkout_timeout: Duration::from_secs(30),
        statement_timeout: None,
        read_only: false,
    });
    let mut stored = 0;
    while !is_over.load(Ordering::SeqCst) || stored == 0 {
        let batch = stored..stored + 50;
        let ours = || {
            let mut messages: Vec<NewMessage> = batch.clone().map(message).collect();
            writer.store(&mut messages).expect("stored");
        };
        let theirs = || {
            let row = |n: u32| {
                let at = moment(n);
                format!(
                    "('live-{n}', 0, 'a.b.c.live', '{at}', 'live', 'datanommer', '1.5.0', '{{\"n\": {n}}}', '{{}}')"
                )
            };
            let values: Vec<String> = batch.clone().map(row).collect();
            sql(
                old,
                &format!(
                    "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, source_name, source_version, msg, headers) VALUES {}",
                    values.join(", ")
                ),
            );
        };
        if stored % 100 == 0 {
            ours();
            theirs();
        } else {
            theirs();
            ours();
        }
        stored += 50;
    }
    stored
}

fn message(n: u32) -> NewMessage {
    NewMessage {
        msg_id: format!("live-{n}"),
        identity: Identity::IdAndTime,
        topic: "a.b.c.live".to_owned(),
        timestamp: moment(n),
        category: "live".to_owned(),
        agent_name: None,
        body: Body::parse(&format!("{{\"n\": {n}}}")).expect("a body"),
        headers: Some(serde_json::Map::new()),
        legacy: None,
        users: Vec::new(),
        packages: Vec::new(),
        subjects: Subjects::default(),
    }
}

#[test]
fn what_both_store_meanwhile_is_there_once() {
    let (old, new) = (old(30_000), new());
    let is_over = AtomicBool::new(false);
    let live = thread::scope(|scope| {
        let live = scope.spawn(|| live(&old, &new, &is_over));
        // Whatever came in between is found by the comparison or by the next run.
        let (_, said) = crate::both::run(&old, &new, &[]);
        is_over.store(true, Ordering::SeqCst);
        let live = live.join().expect("no panic");
        assert!(said.contains("stored"), "{said}");
        live
    });
    let said = succeed(&old, &new, &[]);
    assert!(said.contains("all of it is here"), "{said}");
    let counts = "SELECT count(*), count(DISTINCT (msg_id, \"timestamp\")) FILTER (WHERE msg_id IS NOT NULL) FROM messages";
    let all = 30_000 + live;
    assert_eq!(sql(&new, counts), format!("{all}|{}", all - 3_000));
    verify_counters(&new.url);
}
