//! The servers and our programs, as they run together.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use devstack::{Postgres, PostgresOptions, Process, Rabbit, RabbitOptions, free_port};

use crate::say::say;
use crate::site::Site;

const DATABASE: &str = "messages";
const PAUSE: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(60);

/// Everything, running. All of it ends with this value, or with the process.
pub struct Stack {
    pub site: Site,
    // Dropped in this order: the programs before the servers they use.
    grepper: Process,
    nommer: Process,
    pub rabbit: Rabbit,
    _postgres: Postgres,
}

impl Stack {
    pub fn start() -> Result<Self> {
        say("starting a private PostgreSQL and a private RabbitMQ");
        let (postgres, rabbit) = servers()?;
        let database_url = postgres.url(DATABASE);
        postgres.create_database(DATABASE)?;

        say("creating the tables: nommer migrate");
        acceptance::migrate(&database_url)?;
        say("starting nommer");
        let nommer = nommer(&rabbit, &database_url)?;
        let address = address()?;
        let site = Site {
            url: format!("http://{address}/datagrepper"),
        };
        say(&format!("starting grepper at {}", site.url));
        let grepper = grepper(&database_url, &address)?;

        let mut stack = Self {
            site,
            grepper,
            nommer,
            rabbit,
            _postgres: postgres,
        };
        stack.wait("grepper to be ready", |stack| Ok(stack.site.is_ready()))?;
        Ok(stack)
    }

    /// Waits until the archive says that it has `count` messages.
    pub fn wait_until_archived(&mut self, count: u64) -> Result<()> {
        self.wait("nommer to archive everything", |stack| {
            Ok(stack.site.message_count()? == count)
        })
    }

    /// Fails, with the end of its log, when one of our programs has ended.
    pub fn check_programs(&mut self) -> Result<()> {
        for (name, process) in [("nommer", &mut self.nommer), ("grepper", &mut self.grepper)] {
            if let Some(status) = process.wait(Duration::ZERO)? {
                bail!("{name} ended with {status}:\n{}", process.log()?);
            }
        }
        Ok(())
    }

    fn wait(&mut self, what: &str, done: impl Fn(&Self) -> Result<bool>) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !done(self)? {
            self.check_programs()?;
            if Instant::now() >= deadline {
                bail!(
                    "waited {PATIENCE:?} for {what}; nommer's log:\n{}",
                    self.nommer.log()?
                );
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

/// Both at the same time, as each needs seconds.
fn servers() -> Result<(Postgres, Rabbit)> {
    std::thread::scope(|scope| {
        let rabbit = scope.spawn(|| Rabbit::start(RabbitOptions::default()));
        let postgres = Postgres::start(PostgresOptions::default());
        let rabbit = rabbit
            .join()
            .map_err(|_| anyhow!("starting RabbitMQ panicked"))?;
        Ok((postgres?, rabbit?))
    })
}

fn nommer(rabbit: &Rabbit, database_url: &str) -> Result<Process> {
    // In the broker's folder, because that is removed in the end, come what may.
    let file = rabbit.folder().join("nommer.toml");
    let settings = acceptance::configuration(&rabbit.url(), database_url, "nommer", "#");
    std::fs::write(&file, settings).with_context(|| format!("writing {}", file.display()))?;
    Process::spawn(&acceptance::consume(&file)?)
}

fn grepper(database_url: &str, address: &str) -> Result<Process> {
    let mut command = acceptance::serve(database_url, address)?;
    command.args(["--base-path", "/datagrepper"]);
    Process::spawn(&command)
}

/// Port 8080, which is easy to remember, or else a free one.
fn address() -> Result<String> {
    let usual = TcpListener::bind((Ipv4Addr::LOCALHOST, 8080)).is_ok();
    let port = if usual { 8080 } else { free_port()? };
    Ok(format!("127.0.0.1:{port}"))
}
