//! grepper when more is asked of it than it can bear.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::memory::peak;
use crate::support::programs::{Grepper, migrate};
use crate::support::{eventually, rows};

#[test]
fn requests_beyond_the_connections_are_refused_while_all_threads_are_stuck() {
    const LOCKED: Duration = Duration::from_secs(12);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let grepper = Grepper::start(
        &own.url,
        &["--pool-size", "2", "--checkout-timeout-ms", "500"],
    );
    assert_eq!(grepper.get("/raw").status, 200);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let seconds = LOCKED.as_secs();
            let sql = format!("BEGIN; LOCK TABLE messages, counters; SELECT pg_sleep({seconds})");
            postgres.run_sql(&own.name, &sql).expect("locked")
        });
        std::thread::sleep(Duration::from_millis(500));
        let asked = Instant::now();
        let stuck: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| grepper.get("/raw").status))
            .collect();
        std::thread::sleep(Duration::from_millis(500));
        let refused: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| grepper.get("/raw")))
            .collect();
        for answer in refused {
            let answer = answer.join().expect("an answer");
            assert_eq!(answer.status, 503, "{}", answer.body);
            assert_eq!(answer.header("retry-after"), Some("5"));
        }
        // The lock is no reason to restart us.
        assert_eq!(grepper.get("/healthz/ready").status, 200);
        assert!(asked.elapsed() < LOCKED / 2, "{:?}", asked.elapsed());
        for status in stuck {
            assert_eq!(status.join().expect("an answer"), 200);
        }
    });
}

#[test]
fn nobody_waits_twice_where_connections_stand_still() {
    const WAITED: Duration = Duration::from_secs(3);
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let ms = WAITED.as_millis().to_string();
    let arguments = ["--pool-size", "2", "--checkout-timeout-ms", &ms];
    let grepper = Grepper::start(&own.url, &arguments);
    let ask = || grepper.get("/raw").status;
    std::thread::scope(|scope| {
        for status in [scope.spawn(ask), scope.spawn(ask)] {
            assert_eq!(status.join().expect("an answer"), 200);
        }
    });
    // Such as were used just now are not tested.
    std::thread::sleep(Duration::from_secs(1));
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = '{}' AND application_name = 'grepper'",
        own.name
    );
    let pids = rows(postgres, "postgres", &sql);
    let signal = |name: &str| {
        let done = Command::new("kill").arg(name).args(&pids).status();
        assert!(done.expect("kill").success());
    };
    signal("-STOP");
    let longest = std::thread::scope(|scope| {
        let waits = [(); 6].map(|()| {
            scope.spawn(|| {
                let asked = Instant::now();
                ask();
                asked.elapsed()
            })
        });
        waits.map(|wait| wait.join().expect("an answer"))
    });
    signal("-CONT");
    let longest = longest.into_iter().max().expect("six");
    assert!(longest < 3 * WAITED, "{longest:?}");
    assert_eq!(ask(), 200);
}

/// A database in which it takes seconds to look into all bodies of the category `many`.
fn many_bodies() -> devstack::Database {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let sql = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
        SELECT 'm' || n, 0, 'org.example.many.x', now() AT TIME ZONE 'UTC' - n * interval '1 minute',
               'many', json_build_object('text', repeat(md5(n::text), 100)), '{}'
        FROM generate_series(1, 30000) AS n";
    postgres.run_sql(&own.name, sql).expect("messages");
    own
}

/// Asks for a chart that reads all bodies ten times, and goes away; again and again, until `end`.
fn ask_and_leave(grepper: &Grepper, client: u32, end: Instant) {
    let address = grepper.authority.trim_start_matches("http://");
    let mut asked = 0;
    while Instant::now() < end {
        // Words that nobody asked for before: what was found is remembered.
        let words = (0..10).map(|n| format!("&contains=w{client}-{asked}-{n}"));
        let words: String = words.collect();
        let mut stream = TcpStream::connect(address).expect("connected");
        let path = format!("/charts/line?delta=2000000&category=many&split_on=contains{words}");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").expect("sent");
        std::thread::sleep(Duration::from_millis(300));
        asked += 1;
    }
}

#[test]
fn who_asks_for_much_and_leaves_takes_nothing_from_others() {
    let own = many_bodies();
    let grepper = Grepper::start(&own.url, &[]);
    assert_eq!(grepper.get("/raw?rows_per_page=5").status, 200);
    let end = Instant::now() + Duration::from_secs(10);
    std::thread::scope(|scope| {
        for client in 0..2 {
            let grepper = &grepper;
            scope.spawn(move || ask_and_leave(grepper, client, end));
        }
        for _ in 0..4 {
            scope.spawn(|| {
                while Instant::now() < end {
                    let answer = grepper.get("/raw?rows_per_page=5");
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let running = format!(
        "SELECT query FROM pg_stat_activity WHERE datname = '{}'
         AND application_name = 'grepper' AND state = 'active'",
        own.name
    );
    eventually("nothing runs for nobody", Duration::from_secs(10), || {
        rows(postgres, "postgres", &running).is_empty()
    });
    let log = grepper.process.log().expect("its log");
    let told = log.matches("a client has gone").count();
    assert!(
        (1..=2).contains(&told),
        "some were dear, and told once a minute:\n{log}"
    );
}

#[test]
fn who_does_not_read_takes_no_answers_from_quiet_clients() {
    const READERS: usize = 100;
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    // Pages of 6 MB, and of 120 kB.
    let insert = |category: &str, parts: u32| {
        format!(
            "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
             SELECT '{category}' || n, 0, 'org.example.t', timestamp '2024-05-01' + n * interval '1 minute',
                    '{category}', json_build_object('text', repeat(md5(n::text), {parts})), '{{}}'
             FROM generate_series(1, 100) AS n;"
        )
    };
    let sql = insert("large", 1800) + &insert("small", 140);
    postgres.run_sql(&own.name, &sql).expect("messages");
    let grepper = Grepper::start(&own.url, &[]);
    let quiet = || grepper.get("/raw?category=small").status;
    assert_eq!(quiet(), 200);
    let address = grepper.authority.trim_start_matches("http://");
    let ask = "GET /raw?category=large&rows_per_page=100 HTTP/1.1\r\nHost: h\r\n\r\n";
    let end = Instant::now() + Duration::from_secs(15);
    std::thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let mut stream = TcpStream::connect(address).expect("connected");
                stream.write_all(ask.as_bytes()).expect("sent");
                std::thread::sleep(end.saturating_duration_since(Instant::now()));
            });
        }
        while Instant::now() < end {
            assert_eq!(quiet(), 200);
            assert_eq!(grepper.get("/healthz/ready").status, 200);
        }
    });
}

#[test]
fn who_does_not_read_holds_no_memory_and_is_left() {
    const READERS: usize = 100;
    const SILENT: usize = 200;
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let sql = "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
        SELECT 'm' || n, 0, 'org.example.t', timestamp '2024-05-01' + n * interval '1 minute',
               'many', json_build_object('text', repeat(md5(n::text), 1800)), '{}'
        FROM generate_series(1, 100) AS n";
    postgres.run_sql(&own.name, sql).expect("messages");
    let grepper = Grepper::start_with_files(&own.url, 256);
    let address = grepper.authority.trim_start_matches("http://");
    // Some 6 MB each.
    let ask = "GET /raw?rows_per_page=100 HTTP/1.1\r\nHost: h\r\n\r\n";
    let connect = || TcpStream::connect(address).expect("connected");
    let _silent: Vec<TcpStream> = (0..SILENT).map(|_| connect()).collect();
    let readers: Vec<TcpStream> = (0..READERS)
        .map(|_| {
            let mut stream = connect();
            stream.write_all(ask.as_bytes()).expect("sent");
            stream
        })
        .collect();
    eventually("their pages are made", Duration::from_secs(60), || {
        grepper.get("/raw?rows_per_page=1").status == 200
    });
    for _ in 0..50 {
        let answer = grepper.get("/raw?rows_per_page=1");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    // Longer than one is waited for.
    std::thread::sleep(Duration::from_secs(40));
    let peak = peak(&grepper.process);
    assert!(peak < 450 << 20, "{} MB", peak >> 20);
    for mut reader in readers {
        let mut answer = Vec::new();
        // Reset, or ended.
        let _ = reader.read_to_end(&mut answer);
        assert!(answer.len() < 5_000_000, "{} bytes", answer.len());
    }
    assert_eq!(grepper.get("/raw?rows_per_page=100").status, 200);
}
