//! What the database server lacks to keep what is stored.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Duration;

use devstack::{Database, Postgres, PostgresOptions, free_port, psql};
use lapin::BasicProperties;

use crate::alerts::prometheus::Prometheus;
use crate::alerts::watched_at;
use crate::stack::QUEUE;
use crate::support::amqp::Publisher;
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows};

pub const ALERTS: &[&str] = &[
    "BackupOld",
    "NommerArchivingFails",
    "NommerOldSnapshot",
    "NommerStandbyBehind",
    "NommerStandbyMissing",
    "NommerTransactionsRunOut",
];

fn set(postgres: &Postgres, name: &str, value: &str) {
    let set = format!("ALTER SYSTEM SET {name} = '{value}'");
    rows(postgres, "postgres", &set);
    rows(postgres, "postgres", "SELECT pg_reload_conf()");
}

/// A server that archives its log. The command is set later, as what it starts with cannot be changed.
fn archiving() -> PostgresOptions {
    PostgresOptions {
        settings: vec![("archive_mode".to_owned(), "on".to_owned())],
        ..PostgresOptions::default()
    }
}

/// A transaction of somebody who forgot it.
fn open_snapshot(database: &Database) -> Command {
    let mut psql = psql(&database.url).expect("psql");
    let sql = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; SELECT pg_sleep(3600)";
    psql.args(["--command", sql])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    psql
}

/// More than others need here in a minute.
fn use_transactions(postgres: &Postgres) {
    let many =
        "DO $$ BEGIN FOR n IN 1..30000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END $$";
    rows(postgres, "postgres", many);
}

fn freeze(postgres: &Postgres) {
    rows(
        postgres,
        "postgres",
        "ALTER DATABASE template0 ALLOW_CONNECTIONS true",
    );
    for database in rows(postgres, "postgres", "SELECT datname FROM pg_database") {
        rows(postgres, &database, "VACUUM (FREEZE)");
    }
}

#[test]
fn what_endangers_what_is_stored_is_told() {
    let port = free_port().expect("a port");
    let Some(mut prometheus) = Prometheus::watching(&[("nommer", port)]) else {
        return;
    };
    let postgres = Postgres::start(archiving()).expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let settings = config(&rabbit.url(), &database.url, QUEUE, "endangered.#");
    let folder = tempfile::tempdir().expect("a folder");
    let backup = folder.path().join("made");
    File::create(&backup).expect("made");
    let settings = format!("{settings}backup_file = '{}'\n", backup.display());
    let nommer = Nommer::start(&watched_at(port, &settings));
    eventually("it consumes", Duration::from_secs(60), || {
        nommer.log().contains("consuming broker")
    });
    prometheus.is_calm();

    set(&postgres, "archive_command", "false");
    rows(&postgres, "postgres", "SELECT pg_switch_wal()");
    // It is stored in no file of the log that is archived.
    let publisher = Publisher::connect(&rabbit.url());
    publisher.publish("endangered.x", BasicProperties::default(), b"{}");
    let mut session = open_snapshot(&database).spawn().expect("psql");
    prometheus.fires(&["BackupOld", "NommerArchivingFails", "NommerOldSnapshot"]);
    set(&postgres, "archive_command", "true");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    rows(&postgres, &database.name, end);
    session.wait().expect("ended");
    prometheus.is_calm();

    set(&postgres, "synchronous_standby_names", "*");
    fs::remove_file(&backup).expect("removed");
    prometheus.fires(&["BackupOld", "NommerStandbyMissing"]);
    File::create(&backup).expect("made");
    let standby = postgres
        .standby(PostgresOptions::default())
        .expect("a standby");
    prometheus.is_calm();

    // Commits do not wait for it any longer, as it will not replay them.
    rows(&standby, "postgres", "SELECT pg_wal_replay_pause()");
    use_transactions(&postgres);
    prometheus.fires(&["NommerStandbyBehind", "NommerTransactionsRunOut"]);
    rows(&standby, "postgres", "SELECT pg_wal_replay_resume()");
    freeze(&postgres);
    prometheus.assert_all_fired(ALERTS);
}
