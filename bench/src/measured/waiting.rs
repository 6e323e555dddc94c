//! How long after its publication those are answered who wait for a message, and whether all are while the servers are
//! started again.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::Utc;
use clap::Args;
use devstack::{Database, Postgres, Process, Rabbit, RabbitOptions, StopMode, free_port};
use serde_json::{Map, Value, json};
use simulator::{Publisher, Sample, Traffic};
use tempfile::NamedTempFile;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::asking::timings::Timings;
use crate::asking::waiter::until_passed;
use crate::database::servers;
use crate::database::session::Session;
use crate::programs::{Build, Server};
use crate::progress;
use crate::queue::EXCHANGE;
use crate::report::{number, table};

/// How many wait, and how much comes.
#[derive(Args, Clone, Copy, Debug)]
pub struct Waiting {
    /// Clients, each of which waits for a build of its own.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    clients: u32,
    /// Messages a second while nothing else happens.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Messages a second while PostgreSQL and grepper are started again.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    storm_rate: u32,
    /// For how many seconds each.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(6..))]
    seconds: u32,
}

/// The first message waits so long for a queue.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long statements are counted while nothing comes.
const IDLE: Duration = Duration::from_secs(10);
/// How long clients take to connect, and first looks at everything to be over and counted: PostgreSQL tells of idle
/// sessions ten seconds later.
const SETTLE: Duration = Duration::from_secs(20);

/// All that is measured.
struct Scene {
    waiting: Waiting,
    build: Build,
    postgres: Postgres,
    rabbit: Rabbit,
    database: Database,
    /// Where grepper listens, however often it is started.
    address: String,
    grepper: Option<Server>,
    runtime: Runtime,
}

/// When messages of builds were published, by the number of the client that waits.
type Starts = Arc<Mutex<Vec<Option<Instant>>>>;

/// Clients: their number, when they were answered, and how many requests that took.
type Clients = JoinSet<Result<(usize, Instant, usize)>>;

/// What clients were answered.
struct Outcome {
    timings: Timings,
    /// Requests that it took.
    requests: usize,
}

/// Answers a section of the report.
pub fn run(waiting: &Waiting) -> Result<String> {
    let build = Build::ours()?;
    let postgres = servers::postgres()?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let database = build.database(&postgres)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    let consume = build.consume(config.path(), &rabbit, &database.name, &database)?;
    let nommer = Process::spawn(&consume.command)?;
    let mut scene = Scene {
        address: format!("127.0.0.1:{}", free_port()?),
        waiting: *waiting,
        runtime: Runtime::new()?,
        grepper: None,
        build,
        postgres,
        rabbit,
        database,
    };
    scene.start_grepper()?;
    let sections = scene.measure();
    sections.with_context(|| format!("nommer:\n{}", nommer.log().unwrap_or_default()))
}

impl Scene {
    fn start_grepper(&mut self) -> Result<()> {
        self.grepper = None;
        self.grepper = Some(self.build.grepper_at(&self.database, &self.address)?);
        Ok(())
    }

    fn memory(&self) -> f64 {
        self.grepper.as_ref().map_or(0.0, Server::memory)
    }

    /// Transactions a second in the database.
    fn statements(&self) -> Result<f64> {
        let count = || -> Result<usize> {
            let mut session = Session::open(&self.database)?;
            session.number(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()",
            )
        };
        let before = count()?;
        std::thread::sleep(IDLE);
        Ok((count()? - before) as f64 / IDLE.as_secs_f64())
    }

    fn measure(&mut self) -> Result<String> {
        let (memory, alone) = (self.memory(), self.statements()?);
        let (calm, used) = self.calm()?;
        let storm = self.storm()?;
        let note = format!(
            "{}. Each client waits for another build, from the start of the publication of the message that says so to \
             the last byte of its answer, in milliseconds. In the second row, PostgreSQL and grepper are started again \
             once; times then include how long both were away.",
            self.waiting
        );
        let row = |what: &str, outcome: &Outcome| {
            let mut row = vec![what.to_owned(), outcome.timings.count().to_string()];
            row.push(outcome.requests.to_string());
            row.extend(
                [50, 95, 99, 100].map(|percent| number(outcome.timings.percentile(percent))),
            );
            row
        };
        let rows = [row("quiet", &calm), row("while servers restart", &storm)];
        let columns = [
            "what",
            "answered rightly",
            "requests",
            "median",
            "p95",
            "p99",
            "max",
        ];
        let costs = [
            vec![
                "transactions a second, nobody waits".to_owned(),
                number(alone),
            ],
            vec![
                "transactions a second, all wait and nothing comes".to_owned(),
                number(used.0),
            ],
            vec!["grepper's MB, nobody waits".to_owned(), number(memory)],
            vec!["grepper's MB, all wait".to_owned(), number(used.1)],
            vec!["grepper's MB, all answered".to_owned(), number(used.2)],
        ];
        let waiting = table("Waiting", &note, &columns, &rows);
        Ok(waiting + "\n" + &table("Waiting: costs", "", &["what", "how much"], &costs))
    }

    /// Clients are answered while nothing else happens; answers, too, transactions a second and memory.
    fn calm(&mut self) -> Result<(Outcome, (f64, f64, f64))> {
        let (clients, published) = self.clients("calm");
        std::thread::sleep(SETTLE);
        let (statements, memory) = (self.statements()?, self.memory());
        self.publish("calm", self.waiting.rate, &published)?;
        let outcome = self.outcome(clients, &published)?;
        Ok((outcome, (statements, memory, self.memory())))
    }

    /// Clients are answered while the servers are started again.
    fn storm(&mut self) -> Result<Outcome> {
        let (clients, published) = self.clients("storm");
        std::thread::sleep(SETTLE);
        let part = Duration::from_secs(u64::from(self.waiting.seconds)) / 3;
        let publishing = self.runtime.spawn(publish(
            self.rabbit.url(),
            "storm",
            self.waiting,
            self.waiting.storm_rate,
            published.clone(),
        ));
        std::thread::sleep(part);
        self.postgres.stop(StopMode::Fast)?;
        self.postgres.start_again()?;
        std::thread::sleep(part);
        self.start_grepper()?;
        self.runtime.block_on(publishing)??;
        self.outcome(clients, &published)
    }

    /// So many clients that wait, each for the build of its number.
    fn clients(&self, name: &'static str) -> (Clients, Starts) {
        let mut clients = JoinSet::new();
        for n in 0..self.waiting.clients as usize {
            let address = self.address.clone();
            let client = async move {
                let answered = until_passed(&address, &nvr(name, n)).await?;
                Ok((n, answered.at, answered.requests))
            };
            clients.spawn_on(client, self.runtime.handle());
        }
        let published = vec![None; self.waiting.clients as usize];
        (clients, Arc::new(Mutex::new(published)))
    }

    fn publish(&self, name: &'static str, rate: u32, published: &Starts) -> Result<()> {
        let url = self.rabbit.url();
        let publishing = publish(url, name, self.waiting, rate, published.clone());
        self.runtime.block_on(publishing)
    }

    /// What the clients were answered, all of them.
    fn outcome(&self, clients: Clients, published: &Starts) -> Result<Outcome> {
        let answers = self.runtime.block_on(clients.join_all());
        let published = published.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut times, mut requests) = (Vec::new(), 0);
        for answer in answers {
            let (n, at, asked) = answer?;
            let start = published[n].context("answered before it was published")?;
            ensure!(at >= start, "answered before it was published");
            times.push(at - start);
            requests += asked;
        }
        let timings = Timings::new(times).context("nobody waited")?;
        Ok(Outcome { timings, requests })
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            clients,
            rate,
            storm_rate,
            seconds,
        } = self;
        write!(
            formatter,
            "{clients} clients; {rate} messages a second, then {storm_rate}, for {seconds} s each"
        )
    }
}

fn nvr(name: &str, n: usize) -> String {
    format!("bench-{name}-{n}-1.fc45")
}

/// Publishes at this pace. Builds are complete in no order, evenly spread among other messages.
async fn publish(
    url: String,
    name: &'static str,
    waiting: Waiting,
    rate: u32,
    published: Starts,
) -> Result<()> {
    let mut publisher = Publisher::connect(&url, EXCHANGE, PATIENCE).await?;
    let mut traffic = Traffic::new(u64::from(rate));
    let (count, clients) = (rate * waiting.seconds, waiting.clients);
    let bar = progress::bar("publishing", count.into());
    let begin = tokio::time::Instant::now();
    let mut told = 0;
    for n in 0..count.max(clients) {
        let at = begin + Duration::from_secs_f64(f64::from(n) / f64::from(rate));
        // The build that is due by now, if one is.
        let due = (u64::from(n) + 1) * u64::from(clients) / u64::from(count.max(clients));
        tokio::time::sleep_until(at).await;
        if told < due {
            // Steps of a number that has no factor in common with that of clients lead to each of them.
            let client = (told * 7919 % u64::from(clients)) as usize;
            told += 1;
            published.lock().unwrap_or_else(PoisonError::into_inner)[client] = Some(Instant::now());
            let number = u64::from(rate) * 1_000_000 + told;
            publisher
                .publish(&complete(&nvr(name, client), number))
                .await?;
        } else {
            publisher.publish(&traffic.message(Utc::now())).await?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    publisher.flush().await
}

/// Koji says that a build is complete, which has this number, as its task has: no other build has it.
fn complete(nvr: &str, number: u64) -> Sample {
    let mut parts = nvr.rsplitn(3, '-');
    let [release, version, name] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let now = Utc::now();
    let body = json!({
        "build_id": number, "task_id": number, "name": name, "version": version, "release": release, "epoch": null,
        "attribute": "state", "old": 0, "new": 1, "owner": "bench", "instance": "primary", "request": null,
    });
    let mut headers = Map::new();
    let mut header = |name: &str, value: Value| headers.insert(name.to_owned(), value);
    header(
        "fedora_messaging_schema",
        "koji_fedoramessaging.build.BuildStateChangeV1".into(),
    );
    header("fedora_messaging_severity", 20.into());
    header(
        "sent-at",
        now.format("%Y-%m-%dT%H:%M:%S+00:00").to_string().into(),
    );
    Sample {
        id: format!("{nvr}-complete"),
        topic: "org.fedoraproject.prod.buildsys.build.state.change".to_owned(),
        headers,
        body: body.to_string(),
        sent_at: now,
        users: Vec::new(),
        packages: Vec::new(),
        priority: 0,
        ends: None,
    }
}
