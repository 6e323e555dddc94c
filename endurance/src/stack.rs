//! The servers and our programs, each behind a lock of its own, so that they can be stopped while
//! others look on.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use devstack::{Postgres, PostgresOptions, Rabbit, RabbitOptions, free_port};

use crate::journal::lock;
use crate::program::Program;

/// The queue that the nommers share.
pub const QUEUE: &str = "soak";
const DATABASE: &str = "messages";
const NOMMERS: usize = 2;
const GREPPERS: usize = 2;
const PATIENCE: Duration = Duration::from_secs(90);

/// Everything that runs.
pub struct Stack {
    // Dropped in this order: the programs before the servers they use.
    pub nommers: Vec<Mutex<Program>>,
    pub greppers: Vec<Mutex<Program>>,
    pub postgres: Mutex<Postgres>,
    pub rabbit: Mutex<Rabbit>,
    pub database_url: String,
    pub broker_url: String,
    /// Host and port of each grepper.
    pub addresses: Vec<String>,
    /// Where logs and reports go.
    pub folder: PathBuf,
}

impl Stack {
    /// Starts servers and programs, and waits until messages are consumed and requests answered.
    pub fn start(folder: &Path) -> Result<Self> {
        let (postgres, rabbit) = servers()?;
        postgres.create_database(DATABASE)?;
        let (database_url, broker_url) = (postgres.url(DATABASE), rabbit.url());
        acceptance::migrate(&database_url)?;
        let file = folder.join("nommer.toml");
        let settings = acceptance::configuration(&broker_url, &database_url, QUEUE, "#");
        std::fs::write(&file, settings).with_context(|| format!("writing {}", file.display()))?;
        let mut nommers = Vec::new();
        for number in 1..=NOMMERS {
            let name = format!("nommer-{number}");
            nommers.push(Program::start(&name, acceptance::consume(&file)?, folder)?);
        }
        let (mut greppers, mut addresses) = (Vec::new(), Vec::new());
        for number in 1..=GREPPERS {
            let address = format!("127.0.0.1:{}", free_port()?);
            let command = acceptance::serve(&database_url, &address)?;
            greppers.push(Program::start(
                &format!("grepper-{number}"),
                command,
                folder,
            )?);
            addresses.push(address);
        }
        let stack = Self {
            nommers: nommers.into_iter().map(Mutex::new).collect(),
            greppers: greppers.into_iter().map(Mutex::new).collect(),
            postgres: Mutex::new(postgres),
            rabbit: Mutex::new(rabbit),
            database_url,
            broker_url,
            addresses,
            folder: folder.to_owned(),
        };
        stack.wait_until_ready()?;
        Ok(stack)
    }

    fn wait_until_ready(&self) -> Result<()> {
        wait("nommer to consume", || {
            let list = lock(&self.rabbit).rabbitmqctl(["list_consumers", "queue_name"]);
            list.is_ok_and(|list| list.contains(QUEUE))
        })?;
        wait("grepper to be ready", || {
            self.addresses.iter().all(|address| {
                ureq::get(format!("http://{address}/healthz/ready"))
                    .call()
                    .is_ok()
            })
        })
    }

    /// All programs, the nommers first.
    pub fn programs(&self) -> impl Iterator<Item = &Mutex<Program>> {
        self.nommers.iter().chain(&self.greppers)
    }

    /// Starts PostgreSQL after its end, however it ended: what is left of the one before may still
    /// hold its memory for a while.
    pub fn start_postgres(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let started = lock(&self.postgres).start_again();
            if started.is_ok() || Instant::now() >= deadline {
                return started;
            }
            thread::sleep(Duration::from_millis(500));
        }
    }
}

/// Polls until `condition` holds.
fn wait(what: &str, condition: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        if Instant::now() >= deadline {
            bail!("waited {PATIENCE:?} for {what}");
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Both at the same time, as each needs seconds. What is committed survives a crash.
fn servers() -> Result<(Postgres, Rabbit)> {
    thread::scope(|scope| {
        let rabbit = scope.spawn(|| Rabbit::start(RabbitOptions::default()));
        let postgres = Postgres::start(PostgresOptions {
            fsync: true,
            shared_buffers: "256MB".to_owned(),
            ..PostgresOptions::default()
        });
        let rabbit = rabbit
            .join()
            .map_err(|_| anyhow!("starting RabbitMQ panicked"))?;
        Ok((postgres?, rabbit?))
    })
}
