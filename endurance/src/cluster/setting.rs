//! The clusters, and our programs on them: nommer finds the primary by a URL that names all servers, grepper
//! the replicas by HAProxy.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use devstack::cluster::{PatroniCluster, start_brokers};
use devstack::{Rabbit, RabbitOptions, free_port};

use crate::cluster::{filled, writes};
use crate::options::Options;
use crate::program::Program;
use crate::sql;

/// The queue that the nommers share.
pub const QUEUE: &str = "soak";
/// Of the broker: a message is given up that was delivered more often without being stored.
const DELIVERIES: u8 = 3;
const DATABASE: &str = "messages";
const PATIENCE: Duration = Duration::from_secs(120);

/// Our programs, and where everything is.
pub struct Setting {
    pub nommers: Vec<Program>,
    greppers: Vec<Program>,
    /// Leads to the primary.
    pub database_url: String,
    /// The last key of what was there before.
    pub filled_until: i64,
    pub broker_urls: Vec<String>,
    /// Host and port of each grepper.
    pub addresses: Vec<String>,
    /// Host and port at which each nommer tells how it fares.
    pub watched: Vec<String>,
}

/// Both clusters, at the same time.
///
/// # Errors
/// When one does not start.
pub fn servers() -> Result<(PatroniCluster, Vec<Rabbit>)> {
    let options = RabbitOptions {
        configuration: vec!["cluster_partition_handling = pause_minority".to_owned()],
        ..RabbitOptions::default()
    };
    thread::scope(|scope| {
        let brokers = scope.spawn(|| start_brokers(3, &options));
        let cluster = PatroniCluster::start();
        let brokers = brokers.join();
        let brokers = brokers.map_err(|_| anyhow!("starting RabbitMQ panicked"))?;
        Ok((cluster?, brokers?))
    })
}

impl Setting {
    /// Makes the database and starts the programs; waits until messages are consumed and requests answered.
    ///
    /// # Errors
    /// When something does not start.
    pub fn start(
        cluster: &PatroniCluster,
        brokers: &[Rabbit],
        options: &Options,
        folder: &Path,
    ) -> Result<Self> {
        let writes = "?target_session_attrs=read-write";
        let postgres = cluster.url("postgres") + writes;
        sql::run(&postgres, &[format!("CREATE DATABASE {DATABASE}")])?;
        let database_url = cluster.url(DATABASE);
        acceptance::migrate(&database_url)?;
        if options.messages > 0 {
            // Of others than those that are published.
            filled::fill(
                &(database_url.clone() + writes),
                options.seed + 1_000,
                options.messages,
            )?;
        }
        let writable = database_url.clone() + writes;
        let last = sql::run(&writable, &["SELECT coalesce(max(id), 0) FROM messages"])?;
        let mut setting = Self {
            nommers: Vec::new(),
            greppers: Vec::new(),
            database_url: writable,
            filled_until: last.parse()?,
            broker_urls: brokers.iter().map(Rabbit::url).collect(),
            addresses: Vec::new(),
            watched: Vec::new(),
        };
        for number in 1..=options.nommers {
            setting.start_nommer(number, &database_url, brokers, folder)?;
        }
        for number in 1..=options.greppers {
            setting.start_grepper(number, cluster, folder)?;
        }
        setting.wait_until_ready()?;
        Ok(setting)
    }

    fn start_nommer(
        &mut self,
        number: u8,
        database_url: &str,
        brokers: &[Rabbit],
        folder: &Path,
    ) -> Result<()> {
        let servers: Vec<String> = brokers
            .iter()
            .map(|broker| format!("127.0.0.1:{}", broker.port()))
            .collect();
        let broker_url = format!("amqp://guest:guest@{}/%2F", servers.join(","));
        let port = free_port()?;
        let arguments = format!(
            r#"arguments = {{ x-queue-type = "quorum", x-delivery-limit = {DELIVERIES} }}"#
        );
        let text = acceptance::configuration(&broker_url, database_url, QUEUE, "#")
            .replace("arguments = {}", &arguments);
        let monitoring = format!("\n[monitoring]\naddress = \"127.0.0.1\"\nport = {port}\n");
        let file = folder.join(format!("nommer-{number}.toml"));
        fs::write(&file, text + &monitoring)?;
        let command = acceptance::consume(&file)?;
        self.watched.push(format!("127.0.0.1:{port}"));
        self.nommers.push(Program::start(
            &format!("nommer-{number}"),
            command,
            folder,
        )?);
        Ok(())
    }

    fn start_grepper(&mut self, number: u8, cluster: &PatroniCluster, folder: &Path) -> Result<()> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let port = cluster.haproxy.replicas_port;
        let url = format!("postgres://postgres@127.0.0.1:{port}/{DATABASE}");
        let command = acceptance::serve(&url, &address)?;
        self.greppers.push(Program::start(
            &format!("grepper-{number}"),
            command,
            folder,
        )?);
        self.addresses.push(address);
        Ok(())
    }

    fn wait_until_ready(&self) -> Result<()> {
        let ready = |address: &String| {
            let url = format!("http://{address}/healthz/ready");
            ureq::get(url).call().is_ok()
        };
        let consuming = || {
            let all = self.watched.iter();
            all.filter_map(|address| writes::metrics(address))
                .filter(|text| text.lines().any(|line| line == "nommer_consuming 1"))
                .count()
        };
        let start = Instant::now();
        while consuming() < self.nommers.len() || !self.addresses.iter().all(ready) {
            if start.elapsed() > PATIENCE {
                bail!("waited {PATIENCE:?} for nommer and grepper");
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Ends the programs; answers what is wrong with how they ended.
    ///
    /// # Errors
    /// When one does not end.
    pub fn stop(&mut self) -> Result<Vec<String>> {
        let mut wrong = Vec::new();
        for program in self.nommers.iter_mut().chain(&mut self.greppers) {
            let code = program.terminate()?;
            if code != Some(0) {
                wrong.push(format!("{} ended with {code:?}", program.name));
            }
        }
        Ok(wrong)
    }
}
