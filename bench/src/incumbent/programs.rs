//! datanommer.consumer and datagrepper.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use devstack::{Database, Process, free_port};
use tempfile::NamedTempFile;

use crate::asking::client::Client;
use crate::asking::shapes;
use crate::incumbent::python;
use crate::programs::Server;
use crate::queue;

/// How long datagrepper may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts datagrepper under gunicorn with as many workers as grepper has threads on two processors.
pub fn datagrepper(database: &Database) -> Result<Server> {
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
    let (client, deadline) = (Client::new(&url), Instant::now() + PATIENCE);
    while client.time(&client.request(&shapes::alive())).is_err() {
        if Instant::now() > deadline {
            bail!("datagrepper does not answer:\n{}", process.log()?);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(Server {
        url,
        process,
        _watcher: None,
        _settings: Some(config),
    })
}

/// A command that consumes with datanommer, by a configuration file that it also writes.
pub fn consume(config: &Path, amqp_url: &str, queue: &str, database: &Database) -> Result<Command> {
    let settings = format!(
        "amqp_url = \"{amqp_url}\"\ncallback = \"datanommer.consumer:Nommer\"\n\
         [consumer_config]\ndatanommer_sqlalchemy_url = \"{}\"\n\
         [qos]\nprefetch_size = 0\nprefetch_count = 25\n{}",
        sqlalchemy_url(database),
        queue::settings(queue),
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
