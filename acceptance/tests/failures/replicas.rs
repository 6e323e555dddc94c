//! A grepper that reads replicas, of which one is killed and one does not follow any more.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use devstack::{Postgres, PostgresOptions};

use crate::support::programs::{Grepper, migrate, watched_at};
use crate::support::{eventually, http, rows};

/// How old answers may be.
const MAX_LAG: Duration = Duration::from_secs(4);
/// Who asks at the same time.
const CLIENTS: usize = 50;

fn logged() -> PostgresOptions {
    let all = ("log_statement".to_owned(), "all".to_owned());
    PostgresOptions {
        settings: vec![all],
        ..PostgresOptions::default()
    }
}

/// How often a server was asked for a message by its id.
fn finds(server: &Postgres) -> usize {
    let log = std::fs::read_to_string(server.log_file()).expect("a log");
    log.matches("FROM messages WHERE msg_id").count()
}

fn store(primary: &Postgres, database: &str, number: usize) {
    let sql = format!(
        "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
         VALUES ('id-{number}', 0, 't', '2024-05-01'::timestamp + interval '{number} s', 'c', '{{}}', '{{}}')"
    );
    rows(primary, database, &sql);
}

/// Messages that were stored, and when that was over.
#[derive(Default)]
struct Stored(Mutex<BTreeMap<usize, Instant>>);

impl Stored {
    fn add(&self, number: usize) {
        let mut known = self.0.lock().expect("no panic");
        known.insert(number, Instant::now());
    }

    /// How old an answer is that begins at `asked` and knows of so many messages.
    fn age(&self, total: usize, asked: Instant) -> Duration {
        let known = self.0.lock().expect("no panic");
        let missing = known.get(&total).copied();
        missing.map_or(Duration::ZERO, |at| asked.saturating_duration_since(at))
    }
}

/// What a client met: the oldest answer, how many answers there were, and how many of 500 or more.
#[derive(Clone, Copy, Debug, Default)]
struct Met {
    oldest: Duration,
    answers: usize,
    failures: usize,
}

fn ask_on(grepper: &Grepper, stored: &Stored, ends: &AtomicBool) -> Met {
    let mut met = Met::default();
    while !ends.load(Ordering::Relaxed) {
        let asked = Instant::now();
        let answer = grepper.get("/raw?rows_per_page=1");
        if answer.status >= 500 {
            met.failures += 1;
        } else {
            let total = answer.json()["total"].as_u64().expect("a total") as usize;
            met.oldest = met.oldest.max(stored.age(total, asked));
        }
        met.answers += 1;
        thread::sleep(Duration::from_millis(100));
    }
    met
}

#[test]
fn no_answer_is_too_old_and_a_message_just_stored_is_found_while_replicas_fail() {
    let mut primary = Postgres::start(logged()).expect("a PostgreSQL server");
    let database = primary.fresh_database().expect("a database");
    migrate(&database.url);
    let paused = primary.standby(logged()).expect("a standby");
    let mut killed = primary.standby(logged()).expect("a standby");
    let urls = [&paused, &killed].map(|server| server.url(&database.name));
    let limit = MAX_LAG.as_secs().to_string();
    let arguments = [
        "--max-lag",
        &limit,
        "--monitoring",
        "127.0.0.1:0",
        "--replica-urls",
        &urls[0],
        "--replica-url",
        &urls[1],
    ];
    let grepper = Grepper::start(&database.url, &arguments);
    let metrics = watched_at(&grepper.process);
    let is_fit = |server: &Postgres| {
        let (port, name) = (server.port(), &database.name);
        let metric = format!("grepper_replica_fit{{server=\"127.0.0.1:{port}/{name}\"}}");
        let text = http::get(&format!("{metrics}/metrics")).body;
        let line = text.lines().find_map(|line| line.strip_prefix(&metric));
        line.map(str::trim) == Some("1")
    };
    let patience = Duration::from_secs(20);
    eventually("both are asked", patience, || {
        is_fit(&paused) && is_fit(&killed)
    });

    // Each in its turn.
    store(&primary, &database.name, 0);
    eventually("both have it", patience, || {
        [&paused, &killed]
            .iter()
            .all(|server| rows(server, &database.name, "SELECT count(*) FROM messages") == ["1"])
    });
    let before = [&primary, &paused, &killed].map(finds);
    for _ in 0..40 {
        assert_eq!(grepper.get("/id?id=id-0").status, 200);
    }
    let asked = [&primary, &paused, &killed].map(finds);
    let asked: Vec<usize> = asked
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect();
    assert_eq!(asked, [0, 20, 20]);

    let (stored, ends) = (Stored::default(), AtomicBool::new(false));
    stored.add(0);
    let store_on = |number: usize| {
        store(&primary, &database.name, number);
        stored.add(number);
        // From whichever server answers first, and from the primary if that does not have it.
        let found = grepper.get(&format!("/id?id=id-{number}")).status;
        assert_eq!(found, 200, "id-{number}");
        thread::sleep(Duration::from_millis(100));
    };
    let met: Vec<Met> = thread::scope(|scope| {
        let ask = || ask_on(&grepper, &stored, &ends);
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask)).collect();
        let mut numbers = 1..;
        let mut store_for = |seconds| {
            let until = Instant::now() + Duration::from_secs(seconds);
            while Instant::now() < until {
                store_on(numbers.next().expect("one more"));
            }
        };
        store_for(1);
        rows(&paused, "postgres", "SELECT pg_wal_replay_pause()");
        store_for(2);
        killed.kill().expect("killed");
        store_for(7);
        assert!(!is_fit(&paused) && !is_fit(&killed));
        rows(&paused, "postgres", "SELECT pg_wal_replay_resume()");
        eventually("it comes back", patience, || is_fit(&paused));
        ends.store(true, Ordering::Relaxed);
        clients
            .into_iter()
            .map(|client| client.join().expect("no panic"))
            .collect()
    });
    let oldest = met.iter().map(|met| met.oldest).max().unwrap_or_default();
    let answers: usize = met.iter().map(|met| met.answers).sum();
    let failures: Vec<usize> = met
        .iter()
        .map(|met| met.failures)
        .filter(|n| *n > 0)
        .collect();
    println!("{answers} answers, the oldest {oldest:?}, failures {failures:?}");
    assert!(oldest <= MAX_LAG, "{oldest:?}");
    assert!(
        oldest >= Duration::from_secs(1),
        "nothing was paused: {oldest:?}"
    );
    assert!(failures.iter().all(|n| *n <= 1), "{failures:?}");
    assert_eq!(grepper.get("/healthz/ready").status, 200);
    assert_eq!(grepper.get("/id?id=nothing").status, 404);

    // What a lost primary sent last ends within a record, for which nobody waits.
    lose_while_it_writes(&mut primary, &database.url);
    // A limit as short as this may pass before the primary counts as silent.
    thread::sleep(2 * MAX_LAG);
    let until = Instant::now() + 2 * MAX_LAG;
    while Instant::now() < until {
        assert_eq!(grepper.get("/raw?rows_per_page=1").status, 200);
        thread::sleep(Duration::from_millis(200));
    }
    assert!(is_fit(&paused));
}

fn lose_while_it_writes(primary: &mut Postgres, url: &str) {
    let much = "CREATE TABLE scratch AS SELECT repeat('x', 77) FROM generate_series(1, 10000000)";
    let psql = Command::new("psql")
        .args(["--no-psqlrc", "--command", much, url])
        .stderr(Stdio::null())
        .spawn();
    let mut psql = psql.expect("psql");
    thread::sleep(Duration::from_secs(2));
    assert_eq!(psql.try_wait().expect("psql"), None, "it writes no more");
    primary.kill().expect("killed");
    psql.wait().expect("psql");
}
