//! What is wrong with grepper, or with what it needs, under load.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use devstack::{Postgres, PostgresOptions, Process, StopMode, free_port};

use crate::alerts::prometheus::Prometheus;
use crate::support::programs::migrate;
use crate::support::{eventually, rows};

pub const ALERTS: &[&str] = &[
    "GrepperCacheUseless",
    "GrepperDatabaseAway",
    "GrepperDown",
    "GrepperFails",
    "GrepperSlow",
];

/// Says so when it is dropped, so that nobody waits for a test that failed.
pub struct Over<'a>(pub &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Where grepper listens, for all and for who watches, also after a restart.
struct Ports {
    public: u16,
    watched: u16,
}

impl Ports {
    fn start(&self, database_url: &str) -> Process {
        let listen = format!("127.0.0.1:{}", self.public);
        let mut command = acceptance::serve(database_url, &listen).expect("grepper");
        command.args(["--monitoring", &format!("127.0.0.1:{}", self.watched)]);
        let process = Process::spawn(&command).expect("grepper");
        eventually("it listens", Duration::from_secs(20), || {
            TcpStream::connect(&listen).is_ok()
        });
        process
    }

    /// Asks for a small page, and does not mind whether it comes.
    fn ask(&self) {
        self.ask_for("/raw?category=small");
    }

    fn ask_for(&self, path: &str) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.public)) else {
            return;
        };
        let ask = format!("GET {path} HTTP/1.0\r\n\r\n");
        let patience = stream.set_read_timeout(Some(Duration::from_secs(10)));
        if patience.is_ok() && stream.write_all(ask.as_bytes()).is_ok() {
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }
}

fn fill(postgres: &Postgres, database: &str) {
    let sql = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
               SELECT 'm' || n, 0, 'org.example.t', now() AT TIME ZONE 'UTC' - n * interval '1 minute', 'small', '{}', '{}'
               FROM generate_series(1, 100) AS n";
    rows(postgres, database, sql);
}

/// Messages of 1 MB a page.
fn fill_with_large(postgres: &Postgres, database: &str) {
    let sql = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
               SELECT 'l' || n, 0, 'org.example.t', now() AT TIME ZONE 'UTC' - n * interval '1 minute', 'large',
                      json_build_object('text', repeat(md5(n::text), 320)), '{}'
               FROM generate_series(1, 100) AS n";
    rows(postgres, database, sql);
}

/// A program that asks for a page that nobody has asked for before, again and again.
fn walk(ports: &Ports, over: &AtomicBool) {
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        ports.ask_for(&format!(
            "/raw?category=large&rows_per_page=100&not_topic=t{number}"
        ));
        number += 1;
    }
}

/// Ten clients wait for a lock, a while each.
fn wait_for_a_lock(ports: &Ports, postgres: &Postgres, database: &str) {
    std::thread::scope(|scope| {
        let lock = "BEGIN; LOCK TABLE messages; SELECT pg_sleep(3); COMMIT";
        scope.spawn(|| rows(postgres, database, lock));
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..10 {
            scope.spawn(|| ports.ask());
        }
    });
}

#[test]
fn what_keeps_grepper_from_answering_is_told() {
    let ports = Ports {
        public: free_port().expect("a port"),
        watched: free_port().expect("a port"),
    };
    let Some(mut prometheus) = Prometheus::watching(&[("grepper", ports.watched)]) else {
        return;
    };
    let mut postgres = Postgres::start(PostgresOptions::default()).expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    fill(&postgres, &database.name);
    let mut grepper = ports.start(&database.url);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let end = Over(&over);
        let load = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                ports.ask();
                std::thread::sleep(Duration::from_millis(300));
            }
        });
        prometheus.is_calm();

        wait_for_a_lock(&ports, &postgres, &database.name);
        prometheus.fires(&["GrepperSlow"]);
        prometheus.is_calm();

        postgres.stop(StopMode::Fast).expect("stopped");
        prometheus.fires(&["GrepperFails", "GrepperDatabaseAway"]);
        postgres.start_again().expect("started");
        prometheus.is_calm();

        drop(end);
        load.join().expect("no panic");
    });

    fill_with_large(&postgres, &database.name);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let end = Over(&over);
        scope.spawn(|| walk(&ports, &over));
        prometheus.fires(&["GrepperCacheUseless"]);
        drop(end);
    });
    prometheus.is_calm();

    grepper.kill().expect("killed");
    prometheus.fires(&["GrepperDown"]);
    let _grepper = ports.start(&database.url);
    prometheus.assert_all_fired(ALERTS);
}
