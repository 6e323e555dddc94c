//! Servers of a test's own, which it may stop, with nommer between them.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use devstack::{Database, Postgres, PostgresOptions, Rabbit, RabbitOptions};

use crate::stream::Stream;
use crate::support::programs::{Nommer, config, migrate, verify_counters};
use crate::support::{eventually, rows};

pub struct Stack {
    pub postgres: Postgres,
    pub rabbit: Rabbit,
    pub database: Database,
    pub nommer: Nommer,
}

/// A locked table.
pub struct Lock(Child);

pub const QUEUE: &str = "load";

impl Stack {
    pub fn start() -> Self {
        Self::start_with(RabbitOptions::default(), Self::config_of)
    }

    /// With further settings of the broker, and another configuration file.
    pub fn start_with(
        options: RabbitOptions,
        config: impl FnOnce(&Rabbit, &Database) -> String,
    ) -> Self {
        Self::start_on(Self::durable(), options, config)
    }

    /// What is committed must survive a crash of the server here.
    pub fn durable() -> PostgresOptions {
        PostgresOptions {
            fsync: true,
            ..PostgresOptions::default()
        }
    }

    /// With a PostgreSQL that is set up so, too.
    pub fn start_on(
        server: PostgresOptions,
        options: RabbitOptions,
        config: impl FnOnce(&Rabbit, &Database) -> String,
    ) -> Self {
        let postgres = Postgres::start(server).expect("a PostgreSQL server");
        let rabbit = Rabbit::start(options).expect("a RabbitMQ server");
        let database = postgres.fresh_database().expect("a database");
        migrate(&database.url);
        let nommer = Nommer::start(&config(&rabbit, &database));
        let stack = Self {
            postgres,
            rabbit,
            database,
            nommer,
        };
        stack.wait_until_consuming();
        stack
    }

    /// Locks the table of messages, such that who writes waits, until the answer is unlocked.
    pub fn lock_messages(&self) -> Lock {
        let sql = "BEGIN; LOCK TABLE messages; SELECT pg_sleep(3600)";
        let psql = devstack::psql(&self.database.url)
            .expect("psql")
            .args(["--command", sql])
            .stderr(Stdio::null())
            .spawn()
            .expect("psql");
        let locked = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')";
        eventually("the table is locked", Duration::from_secs(60), || {
            rows(&self.postgres, &self.database.name, locked) == ["t"]
        });
        Lock(psql)
    }

    /// Ends it.
    pub fn unlock(&self, Lock(mut psql): Lock) {
        let end =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        rows(&self.postgres, &self.database.name, end);
        psql.wait().expect("ended");
    }

    pub fn config_of(rabbit: &Rabbit, database: &Database) -> String {
        config(&rabbit.url(), &database.url, QUEUE, "load.#")
    }

    pub fn stream(&self) -> Stream {
        Stream::start(&self.rabbit.url(), 400)
    }

    pub fn wait_until_consuming(&self) {
        eventually("nommer consumes", Duration::from_secs(60), || {
            self.rabbit
                .rabbitmqctl(["list_consumers", "queue_name"])
                .is_ok_and(|list| list.contains(QUEUE))
        });
    }

    pub fn stored(&self) -> usize {
        rows(
            &self.postgres,
            &self.database.name,
            "SELECT count(*) FROM messages",
        )[0]
        .parse()
        .expect("a number")
    }

    /// Waits until as many more are stored.
    pub fn wait_for_stored(&self, more: usize) {
        let goal = self.stored() + more;
        eventually("messages are stored", Duration::from_secs(90), || {
            self.stored() >= goal
        });
    }

    /// Each message is about one user and one package, and so says the archive.
    fn assert_all_are_tied(&self) {
        for ties in ["users_messages", "packages_messages"] {
            let sql = format!(
                "SELECT m.id FROM messages m LEFT JOIN {ties} t ON t.msg_id = m.id AND t.msg_timestamp = m.timestamp
                 GROUP BY m.id, m.timestamp HAVING count(t.msg_id) <> 1"
            );
            let untied = rows(&self.postgres, &self.database.name, &sql);
            assert!(untied.is_empty(), "{ties} of {untied:?}");
        }
    }

    /// Ends the stream and compares numbers: all that were confirmed are stored, none twice, none
    /// that was never published, no user or package is missing, and nothing was put aside.
    pub fn assert_all_stored_once(&self, stream: Stream) {
        let (confirmed, tried) = stream.finish();
        self.assert_stored_once(&confirmed, tried);
    }

    /// As [`Self::assert_all_stored_once`], of numbers that an ended stream told.
    pub fn assert_stored_once(&self, confirmed: &BTreeSet<u32>, tried: u32) {
        assert!(
            confirmed.len() > 300,
            "only {} of {tried} messages were published: no load",
            confirmed.len()
        );
        let numbers = || -> Vec<u32> {
            let rows = rows(
                &self.postgres,
                &self.database.name,
                "SELECT msg::json ->> 'n' FROM messages ORDER BY 1",
            );
            rows.iter()
                .map(|row| row.parse().expect("a number"))
                .collect()
        };
        let missing = || {
            let stored: BTreeSet<u32> = numbers().into_iter().collect();
            confirmed.difference(&stored).copied().collect::<Vec<_>>()
        };
        let patience = Duration::from_secs(90);
        let start = std::time::Instant::now();
        while !missing().is_empty() || self.rabbit.queue_depth(QUEUE).expect("a depth") != Some(0) {
            assert!(
                start.elapsed() < patience,
                "lost: {:?}\n{}",
                missing(),
                self.nommer.log()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        let numbers = numbers();
        let distinct: BTreeSet<u32> = numbers.iter().copied().collect();
        assert_eq!(
            numbers.len(),
            distinct.len(),
            "some are stored twice:\n{}",
            self.nommer.log()
        );
        assert!(distinct.iter().all(|n| *n < tried));
        let letters = rows(
            &self.postgres,
            &self.database.name,
            "SELECT reason FROM dead_letters",
        );
        assert!(letters.is_empty(), "{letters:?}");
        self.assert_all_are_tied();
        verify_counters(&self.database.url);
        println!(
            "{} of {tried} messages were confirmed, {} are stored, each once",
            confirmed.len(),
            numbers.len()
        );
    }
}
