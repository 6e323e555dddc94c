//! grepper when more is asked of it than it can bear.

use std::time::{Duration, Instant};

use crate::support::programs::{Grepper, migrate};

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
