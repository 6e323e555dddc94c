//! Fills an archive with sample traffic.

use std::io::Write;
use std::process::{Child, ChildStdin};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use archive::Upkeep;
use chrono::{DateTime, Datelike, Utc};
use devstack::{Database, Postgres};

use crate::database::bulk::Bare;
use crate::database::sizes::Sizes;
use crate::database::{copy, servers};
use crate::history::History;
use crate::history::rows::{self, Rows};
use crate::progress;

/// A filled archive.
pub struct Archive {
    pub database: Database,
    /// The mean length of a body in bytes.
    pub body: f64,
    /// What its tables and indexes take.
    pub sizes: Sizes,
    /// How long it took to fill, in seconds.
    pub seconds: f64,
}

/// For as long as the archive is filled.
const ROOM: [(&str, &str); 3] = [
    ("maintenance_work_mem", "1GB"),
    ("max_parallel_maintenance_workers", "2"),
    ("work_mem", "256MB"),
];

/// Whose messages are loaded; those of others are new to the archive.
const SEED: u64 = 1;

/// A migrated database with this history, which is the same in each run but for the times.
pub fn load(postgres: &Postgres, history: History) -> Result<Archive> {
    load_until(postgres, history, Utc::now())
}

fn load_until(postgres: &Postgres, history: History, end: DateTime<Utc>) -> Result<Archive> {
    let database = servers::migrated(postgres)?;
    let run = |sql: &str| postgres.run_sql(&database.name, sql);
    let start = Instant::now();
    for (name, value) in ROOM {
        run(&format!(
            "ALTER DATABASE \"{}\" SET {name} = '{value}'",
            database.name
        ))?;
    }
    // The first and the last year may have none.
    run(&format!(
        "SELECT messages_add_partition(year) FROM generate_series({}, {}) AS year",
        (end - history.span()).year(),
        end.year()
    ))?;
    let bare = Bare::make(postgres, &database)?;
    let bytes = fill(&database, history, end)?;
    for table in ["messages", "users", "packages"] {
        run(&format!(
            "SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        ))?;
    }
    bare.restore()?;
    rebuild_derived(&Upkeep::new(&servers::options(&database.url)))?;
    run(&format!("ALTER DATABASE \"{}\" RESET ALL", database.name))?;
    servers::tidy(postgres, &database)?;
    let seconds = start.elapsed().as_secs_f64();
    service::complain(format_args!(
        "loaded {} messages in {seconds:.0} s",
        history.messages
    ));
    let body = bytes as f64 / f64::from(history.messages);
    Ok(Archive {
        body,
        sizes: Sizes::of(postgres, &database)?,
        seconds,
        database,
    })
}

/// Copies the rows into tables that are bare; answers how many bytes all bodies have.
fn fill(database: &Database, history: History, end: DateTime<Utc>) -> Result<usize> {
    let bar = progress::bar("loading", history.messages.into());
    let mut messages = TableCopy::into(database, rows::MESSAGES)?;
    let mut users = TableCopy::into(database, "users_messages (user_id, msg_id, msg_timestamp)")?;
    let mut packages = TableCopy::into(
        database,
        "packages_messages (package_id, msg_id, msg_timestamp)",
    )?;
    let mut subjects = TableCopy::into(
        database,
        "message_subjects (component, msg_id, msg_timestamp, topic_class, subjects)",
    )?;
    let (mut rows, mut bytes) = (Rows::default(), 0);
    // Messages are made while those before are written.
    for samples in history.samples(SEED, end) {
        for sample in &samples {
            bytes += sample.body.len();
            rows.add(sample)?;
        }
        messages.feed(&mut rows.messages)?;
        users.feed(&mut rows.users_messages)?;
        packages.feed(&mut rows.packages_messages)?;
        subjects.feed(&mut rows.message_subjects)?;
        bar.inc(samples.len() as u64);
    }
    ensure!(
        rows.last == i64::from(history.messages),
        "the simulator stopped at message {}",
        rows.last
    );
    for (table, names) in [
        ("users (id, name)", &rows.users),
        ("packages (id, name)", &rows.packages),
    ] {
        let mut copy = TableCopy::into(database, table)?;
        copy.feed(&mut names.rows())?;
        copy.finish()?;
    }
    for copy in [messages, users, packages, subjects] {
        copy.finish()?;
    }
    bar.finish_and_clear();
    Ok(bytes)
}

/// Makes anew what triggers would have kept.
fn rebuild_derived(upkeep: &Upkeep) -> Result<()> {
    let bar = progress::bar("counting", 1);
    upkeep.rebuild_counters()?;
    bar.inc(1);
    bar.finish_and_clear();
    let bar = progress::count("giving ids to counters");
    loop {
        match upkeep.index_counters(Utc::now().naive_utc())? {
            0 => break,
            indexed => bar.inc(indexed as u64),
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// psql, copying text into a table.
struct TableCopy {
    psql: Child,
    input: ChildStdin,
}

impl TableCopy {
    /// Into a table that is emptied: in the transaction that does that, rows need no log.
    fn into(database: &Database, table: &str) -> Result<Self> {
        let mut psql = copy::fill(database, table).spawn().context("psql")?;
        let input = psql.stdin.take().context("psql's input")?;
        Ok(Self { psql, input })
    }

    /// Empties `rows`, too.
    fn feed(&mut self, rows: &mut String) -> Result<()> {
        self.input
            .write_all(rows.as_bytes())
            .context("psql has gone")?;
        rows.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        drop(self.input);
        ensure!(self.psql.wait()?.success(), "psql failed");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use archive::{NewMessage, Outcome};

    use super::*;
    use crate::database::bulk::TABLES;

    fn stored_by_the_writer(postgres: &Postgres, history: History, end: DateTime<Utc>) -> Database {
        let database = servers::migrated(postgres).expect("tables");
        let writer = archive::Writer::new(&servers::options(&database.url));
        for samples in history.samples(SEED, end) {
            let mut batch: Vec<NewMessage> = samples
                .into_iter()
                .map(|sample| rows::new_message(sample).expect("a body"))
                .collect();
            let outcomes = writer.store(&mut batch).expect("stored");
            assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Stored));
        }
        database
    }

    #[test]
    fn the_writer_would_store_the_same() {
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        let history = History {
            messages: 3_000,
            days: 800,
        };
        let end = DateTime::from_timestamp_secs(1_780_315_200).expect("a time in range");
        let expected = stored_by_the_writer(postgres, history, end);
        let loaded = load_until(postgres, history, end).expect("loaded").database;

        let on = |database: &Database, sql: &str| postgres.run_sql(&database.name, sql).expect(sql);
        let [messages, users, packages, subjects] = TABLES;
        let rows = [
            format!("SELECT * FROM {messages} ORDER BY id"),
            format!("SELECT msg_id, name, msg_timestamp FROM {users} JOIN users u ON u.id = user_id ORDER BY 1, 2"),
            format!(
                "SELECT msg_id, name, msg_timestamp FROM {packages} JOIN packages p ON p.id = package_id ORDER BY 1, 2"
            ),
            format!("SELECT * FROM {subjects} ORDER BY msg_id, component"),
            // Those of partitions have names that depend on what was there before.
            "SELECT tablename, regexp_replace(indexdef, 'INDEX \\w+', '') FROM pg_indexes
             WHERE schemaname = 'public' ORDER BY 1, 2"
                .to_owned(),
            "SELECT indexrelid::regclass::text, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
             WHERE relnamespace = 'public'::regnamespace AND NOT relispartition ORDER BY 1"
                .to_owned(),
            "SELECT conrelid::regclass::text, conname, contype, convalidated, pg_get_constraintdef(oid)
             FROM pg_constraint WHERE conparentid = 0 ORDER BY 1, 2"
                .to_owned(),
            "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2"
                .to_owned(),
            "SELECT nextval('messages_id_seq')".to_owned(),
        ];
        for sql in rows {
            let (expected, loaded) = (on(&expected, &sql), on(&loaded, &sql));
            assert!(!expected.is_empty(), "{sql}");
            let differing = expected
                .lines()
                .zip(loaded.lines())
                .find(|(expected, loaded)| expected != loaded);
            assert_eq!(differing, None, "{sql}");
            assert_eq!(expected.lines().count(), loaded.lines().count(), "{sql}");
        }
        let upkeep = Upkeep::new(&servers::options(&loaded.url));
        assert_eq!(upkeep.verify_counters(10).expect("verified"), []);
        // Names that are new get keys that are free.
        on(
            &loaded,
            "INSERT INTO users (name) VALUES ('new'); INSERT INTO packages (name) VALUES ('new')",
        );
    }
}
