//! The Python programs that nommer and grepper replace: datanommer.consumer and datagrepper, on the
//! tables that their models make.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use devstack::{Database, Postgres, Process, free_port};
use tempfile::NamedTempFile;

use crate::asking::client::Client;
use crate::asking::shapes;
use crate::database::{copy, servers};
use crate::incumbent::python;

const TABLES: &str = include_str!("tables.sql");
const INDEXES: &str = include_str!("indexes.sql");

/// A new database with the incumbent's tables and indexes.
pub fn tables(postgres: &Postgres) -> Result<Database> {
    let database = postgres.fresh_database()?;
    postgres.run_sql(&database.name, TABLES)?;
    postgres.run_sql(&database.name, INDEXES)?;
    Ok(database)
}

/// The same with the rows of `archive`. The indexes come last, which makes them as small as they
/// can be.
pub fn copy_of(postgres: &Postgres, archive: &Database) -> Result<Database> {
    eprintln!("copying into the incumbent's tables");
    let database = postgres.fresh_database()?;
    postgres.run_sql(&database.name, TABLES)?;
    copy::through_pipes(archive, &database)?;
    postgres.run_sql(&database.name, INDEXES)?;
    servers::tidy(postgres, &database)?;
    Ok(database)
}

/// A running datagrepper.
pub struct Datagrepper {
    pub url: String,
    pub process: Process,
    _config: NamedTempFile,
}

/// Starts datagrepper under gunicorn with as many workers as grepper has threads on two processors.
pub fn datagrepper(database: &Database) -> Result<Datagrepper> {
    let config = NamedTempFile::with_suffix(".py")?;
    let settings = format!(
        "DATANOMMER_SQLALCHEMY_URL = {:?}\nDATAGREPPER_APPROXIMATE_COUNT = False\n",
        sqlalchemy_url(database)
    );
    std::fs::write(&config, settings)?;
    let address = format!("127.0.0.1:{}", free_port()?);
    let mut command = Command::new(python::programs()?.join("gunicorn"));
    command.args([
        "--workers",
        "2",
        "--timeout",
        "300",
        "--bind",
        &address,
        "datagrepper.app:app",
    ]);
    command
        .env("TZ", "UTC")
        .env("DATAGREPPER_CONFIG", config.path());
    let process = Process::spawn(&command)?;
    let url = format!("http://{address}");
    let (client, deadline) = (Client::new(&url), Instant::now() + Duration::from_secs(60));
    while client.time(&client.request(&shapes::alive())).is_err() {
        if Instant::now() > deadline {
            bail!("datagrepper does not answer:\n{}", process.log()?);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(Datagrepper {
        url,
        process,
        _config: config,
    })
}

/// A command that consumes with datanommer, by a configuration file that it also writes.
pub fn consume(config: &Path, amqp_url: &str, queue: &str, database: &Database) -> Result<Command> {
    let settings = format!(
        "amqp_url = \"{amqp_url}\"\ncallback = \"datanommer.consumer:Nommer\"\n\
         [consumer_config]\ndatanommer_sqlalchemy_url = \"{}\"\n\
         [qos]\nprefetch_size = 0\nprefetch_count = 25\n{}",
        sqlalchemy_url(database),
        crate::measured::drain::queue_settings(queue),
    );
    std::fs::write(config, settings)?;
    let mut command = Command::new(python::programs()?.join("fedora-messaging"));
    command
        .arg("--conf")
        .arg(config)
        .arg("consume")
        .env("TZ", "UTC");
    Ok(command)
}

fn sqlalchemy_url(database: &Database) -> String {
    database.url.replacen("postgres://", "postgresql://", 1)
}
