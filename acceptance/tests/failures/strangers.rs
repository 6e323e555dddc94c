//! A grepper whose replicas are no replicas, stand still or give up what they are asked.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use devstack::{Database, Postgres, PostgresOptions};

use crate::support::programs::{Grepper, migrate, watched_at};
use crate::support::{eventually, http, rows};

/// How old answers may be.
const MAX_LAG: Duration = Duration::from_secs(3);
/// Who asks at the same time.
const CLIENTS: usize = 6;
const PATIENCE: Duration = Duration::from_secs(20);

/// A primary with two standbys, which cancel what keeps them from replaying.
struct Family {
    primary: Postgres,
    standbys: [Postgres; 2],
    database: Database,
    /// Another archive of the primary.
    staging: Database,
}

impl Family {
    fn start() -> Self {
        let hasty = ("max_standby_streaming_delay".to_owned(), "0".to_owned());
        let options = PostgresOptions {
            settings: vec![hasty],
            ..PostgresOptions::default()
        };
        let primary = Postgres::start(options.clone()).expect("a PostgreSQL server");
        let [database, staging] = [(); 2].map(|()| primary.fresh_database().expect("a database"));
        migrate(&database.url);
        migrate(&staging.url);
        let standbys = [(); 2].map(|()| primary.standby(options.clone()).expect("a standby"));
        Self {
            primary,
            standbys,
            database,
            staging,
        }
    }

    fn url(&self, standby: usize) -> String {
        self.standbys[standby].url(&self.database.name)
    }

    fn stored(&self) -> u64 {
        let count = rows(
            &self.primary,
            &self.database.name,
            "SELECT count(*) FROM messages",
        );
        count[0].parse().expect("a number")
    }
}

fn store(server: &Postgres, database: &Database, count: u32) {
    let sql = format!(
        "INSERT INTO messages (msg_id, i, topic, \"timestamp\", category, msg, headers)
         SELECT gen_random_uuid()::text, 0, 't', clock_timestamp() AT TIME ZONE 'UTC', 'c', '{{}}', '{{}}'
         FROM generate_series(1, {count})"
    );
    rows(server, &database.name, &sql);
}

/// A grepper and what it tells of its replicas.
struct Asked {
    grepper: Grepper,
    metrics: String,
}

impl Asked {
    fn start(url: &str, replicas: &[&str]) -> Self {
        let limit = MAX_LAG.as_secs().to_string();
        let mut arguments = vec!["--max-lag", &limit, "--monitoring", "127.0.0.1:0"];
        for url in replicas {
            arguments.extend(["--replica-urls", url]);
        }
        let grepper = Grepper::start(url, &arguments);
        let metrics = watched_at(&grepper.process);
        Self { grepper, metrics }
    }

    fn is_fit(&self, url: &str) -> bool {
        let (_, place) = url.split_once('@').expect("a user");
        let metric = format!("grepper_replica_fit{{server=\"{place}\"}} 1");
        let text = http::get(&format!("{}/metrics", self.metrics)).body;
        text.lines().any(|line| line == metric)
    }

    fn log(&self) -> String {
        self.grepper.process.log().expect("a log")
    }

    /// The total that is answered, or the status.
    fn total(&self) -> Result<u64, u16> {
        let answer = self.grepper.get("/raw?rows_per_page=1");
        match answer.status {
            200 => Ok(answer.json()["total"].as_u64().expect("a total")),
            status => Err(status),
        }
    }

    /// What many clients are answered while `work` goes on, and how long the longest took.
    fn answers_while(&self, work: impl FnOnce()) -> (Vec<Result<u64, u16>>, Duration) {
        let ends = AtomicBool::new(false);
        let ask_on = || {
            let mut met = (Vec::new(), Duration::ZERO);
            while !ends.load(Ordering::Relaxed) {
                let asked = Instant::now();
                met.0.push(self.total());
                met.1 = met.1.max(asked.elapsed());
                thread::sleep(Duration::from_millis(20));
            }
            met
        };
        thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(ask_on)).collect();
            work();
            ends.store(true, Ordering::Relaxed);
            let met = clients
                .into_iter()
                .map(|client| client.join().expect("no panic"));
            met.reduce(|(mut all, longest), (answers, took)| {
                all.extend(answers);
                (all, longest.max(took))
            })
            .expect("clients")
        })
    }

    /// Whether all answers know of what was stored before the limit.
    #[track_caller]
    fn assert_young(&self, family: &Family) {
        store(&family.primary, &family.database, 1);
        let stored = family.stored();
        thread::sleep(MAX_LAG);
        let (answers, _) = self.answers_while(|| thread::sleep(Duration::from_secs(2)));
        let old: Vec<_> = answers
            .iter()
            .filter(|answer| **answer != Ok(stored))
            .collect();
        assert!(old.is_empty(), "of {stored}: {old:?}\n{}", self.log());
    }
}

/// Leads connections to each of these in turn; answers its own port.
fn relay(ports: [u16; 2]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for (client, port) in listener.incoming().flatten().zip(ports.into_iter().cycle()) {
            let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
                continue;
            };
            let copy = |mut from: TcpStream, mut to: TcpStream| {
                thread::spawn(move || {
                    let _ = io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Both);
                });
            };
            let clone = |stream: &TcpStream| stream.try_clone().expect("a clone");
            copy(clone(&client), clone(&server));
            copy(server, client);
        }
    });
    port
}

/// What one cancels for replay the other cancels, too.
fn conflicts(family: &Family, asked: &Asked) {
    let lock_often = "DO $$ BEGIN
        FOR n IN 1..300 LOOP
            LOCK TABLE messages IN ACCESS EXCLUSIVE MODE;
            COMMIT;
            PERFORM pg_sleep(0.005);
        END LOOP; END $$";
    let (answers, _) = asked.answers_while(|| {
        rows(&family.primary, &family.database.name, lock_often);
    });
    let failed: Vec<_> = answers.iter().filter(|answer| answer.is_err()).collect();
    println!("conflicts: {} answers, failed {failed:?}", answers.len());
    assert!(failed.is_empty(), "{failed:?}\n{}", asked.log());
    for standby in &family.standbys {
        eventually("something was cancelled", PATIENCE, || {
            let sql = "SELECT sum(confl_lock) > 0 FROM pg_stat_database_conflicts";
            rows(standby, "postgres", sql) == ["t"]
        });
    }
}

/// One that stands still is not waited for.
fn stands_still(family: &Family, asked: &Asked) {
    let (answers, longest) = asked.answers_while(|| {
        thread::sleep(Duration::from_millis(500));
        family.standbys[1].freeze(true).expect("frozen");
        thread::sleep(Duration::from_secs(6));
    });
    family.standbys[1].freeze(false).expect("thawed");
    println!("still: {} answers, the longest {longest:?}", answers.len());
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(
        longest > Duration::from_secs(1),
        "nobody waited: {longest:?}"
    );
    assert!(longest < Duration::from_secs(8), "{longest:?}");
}

/// One URL leads to several servers, of which one does not replay.
fn leads_to_several(family: &Family) {
    let ports = family.standbys.each_ref().map(Postgres::port);
    let url = family
        .url(0)
        .replace(&ports[0].to_string(), &relay(ports).to_string());
    let asked = Asked::start(&family.database.url, &[&url]);
    let is_known = || asked.log().contains("leads to several servers");
    eventually("it is asked or known", PATIENCE, || {
        asked.is_fit(&url) || is_known()
    });
    let (_, _) = asked.answers_while(|| {
        rows(
            &family.standbys[1],
            "postgres",
            "SELECT pg_wal_replay_pause()",
        );
    });
    asked.assert_young(family);
    rows(
        &family.standbys[1],
        "postgres",
        "SELECT pg_wal_replay_resume()",
    );
    assert!(is_known(), "{}", asked.log());
}

/// A replica is promoted and goes ways of its own.
fn diverges(family: &Family, asked: &Asked) {
    let promoted = &family.standbys[0];
    rows(promoted, "postgres", "SELECT pg_promote()");
    for _ in 0..3 {
        store(promoted, &family.database, 1);
        rows(promoted, "postgres", "SELECT pg_switch_wal()");
    }
    store(&family.primary, &family.database, 10);
    asked.assert_young(family);
    eventually("it is left out", PATIENCE, || {
        asked.log().contains("it follows nobody")
    });
    assert!(!asked.is_fit(&family.url(0)));
}

#[test]
fn no_stranger_is_asked_and_nobody_waits_for_a_replica_that_stands_or_cancels() {
    let mut family = Family::start();
    store(&family.primary, &family.database, 500);
    let staging = family.standbys[0].url(&family.staging.name);
    let urls = [family.url(0), family.url(1)];
    let asked = Asked::start(&family.database.url, &[&urls[0], &urls[1], &staging]);
    let fit = |asked: &Asked| [0, 1].map(|n| asked.is_fit(&urls[n]));
    eventually("both are asked", PATIENCE, || fit(&asked) == [true; 2]);
    eventually("the other is left out", PATIENCE, || {
        asked.log().contains("it is another database")
    });
    assert!(!asked.is_fit(&staging));

    conflicts(&family, &asked);
    // Who ended a session for a conflict is left out for a moment.
    eventually("both are asked again", PATIENCE, || {
        fit(&asked) == [true; 2]
    });
    thread::sleep(Duration::from_secs(2));
    stands_still(&family, &asked);
    eventually("it is asked again", PATIENCE, || fit(&asked) == [true; 2]);
    leads_to_several(&family);
    diverges(&family, &asked);

    // Without the primary, the promoted one is what there is; and who did not see the primary believes replicas of
    // one database.
    let other = devstack::shared_postgres().expect("a PostgreSQL server");
    let other = other.fresh_database().expect("a database");
    migrate(&other.url);
    family.primary.kill().expect("killed");
    eventually("the promoted one is asked", PATIENCE, || {
        asked.is_fit(&urls[0]) && asked.total().is_ok()
    });
    let alone = Asked::start(&family.database.url, &[&urls[1]]);
    eventually("an honest one is asked", PATIENCE, || alone.total().is_ok());
    let told = alone.log();
    assert!(told.contains("the primary was never seen"), "{told}");
    let mixed = Asked::start(&family.database.url, &[&urls[1], &other.url]);
    eventually("they are looked at", PATIENCE, || {
        mixed.log().matches("a replica is left out").count() == 2
    });
    assert_eq!(mixed.total(), Err(503), "{}", mixed.log());
}
