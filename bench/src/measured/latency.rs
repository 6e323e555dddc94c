//! How long a message is on its way: from its publication until grepper answers it.

use std::process::Command;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use chrono::Utc;
use clap::Args;
use devstack::{Process, Rabbit, RabbitOptions};
use simulator::{Publisher, Traffic};
use tempfile::NamedTempFile;

use crate::asking::client::Client;
use crate::asking::shapes::Question;
use crate::asking::timings::Timings;
use crate::database::servers;
use crate::measured::drain::{EXCHANGE, queue_settings};
use crate::measured::queries::grepper;
use crate::progress;
use crate::report::{number, table};

/// How much is published.
#[derive(Args, Clone, Copy, Debug)]
pub struct Options {
    /// Messages a second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rate: 100,
            seconds: 60,
        }
    }
}

/// So many messages a second are looked for: one after the other, so that asking is little work.
const LOOKED_FOR: u32 = 5;
/// Between an answer that it is not there and the next question.
const PAUSE: Duration = Duration::from_millis(1);
/// A message that takes longer is lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// Published before the clock starts: connections open, and rules are used for the first time.
const WARM_UP: u32 = 50;

/// Answers a section of the report.
pub fn run(options: &Options) -> Result<String> {
    let (postgres, rabbit) = (
        servers::postgres()?,
        Rabbit::start(RabbitOptions::default())?,
    );
    let database = servers::migrated(&postgres)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    std::fs::write(&config, queue_settings("latency"))?;
    let mut nommer = Command::new(devstack::binary("nommer")?);
    nommer
        .args(["consume", "-c"])
        .arg(config.path())
        .env("DATABASE_URL", &database.url)
        .env("AMQP_URL", rabbit.url());
    let nommer = Process::spawn(&nommer)?;
    let grepper = grepper(&database)?;

    let (sender, published) = mpsc::channel();
    let timings = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&grepper.url, published));
        publish(&rabbit, options, sender).and_then(|()| {
            watcher
                .join()
                .map_err(|_| anyhow!("the watcher panicked"))?
        })
    });
    let timings =
        timings.with_context(|| format!("nommer:\n{}", nommer.log().unwrap_or_default()))?;

    let Options { rate, seconds } = *options;
    let every = every(rate);
    let note = format!(
        "{rate} messages a second for {seconds} s; one in {every} is asked for by its id, again and again, until \
         grepper answers it. Milliseconds from the start of its publication to the last byte of that answer."
    );
    let mut row = vec![
        "published to answered".to_owned(),
        timings.count().to_string(),
    ];
    row.extend([50, 95, 99, 100].map(|percent| number(timings.percentile(percent))));
    Ok(table(
        "Latency",
        &note,
        &["what", "asked", "median", "p95", "p99", "max"],
        &[row],
    ))
}

/// A message was published.
struct Published {
    id: String,
    start: Instant,
}

/// Each message of how many is looked for.
fn every(rate: u32) -> u32 {
    (rate / LOOKED_FOR).max(1)
}

/// Publishes at an even pace, and sends along what to look for.
fn publish(rabbit: &Rabbit, options: &Options, sender: mpsc::Sender<Published>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?
        .block_on(async {
            // Until nommer has bound its queue.
            let mut publisher = Publisher::connect(&rabbit.url(), EXCHANGE, PATIENCE).await?;
            let mut traffic = Traffic::new(1);
            for _ in 0..WARM_UP {
                publisher.publish(&traffic.message(Utc::now())).await?;
            }
            publisher.flush().await?;
            let count = options.rate * options.seconds;
            let bar = progress::bar("publishing", count.into());
            let mut clock = tokio::time::interval(Duration::from_secs(1) / options.rate);
            for n in 0..count {
                let sample = traffic.message(Utc::now());
                clock.tick().await;
                let start = Instant::now();
                publisher.publish(&sample).await?;
                if n % every(options.rate) == 0 {
                    // The watcher has gone after an error, which it tells.
                    let _ = sender.send(Published {
                        id: sample.id,
                        start,
                    });
                }
                bar.inc(1);
            }
            bar.finish_and_clear();
            publisher.flush().await
        })
}

/// Asks for one message after the other until it is there.
fn watch(url: &str, published: Receiver<Published>) -> Result<Timings> {
    let client = Client::new(url);
    let mut times = Vec::new();
    for Published { id, start } in published {
        let parameters = vec![("id", id), ("is_raw", "true".to_owned())];
        let request = client.request(&Question {
            path: "/id",
            parameters,
            status: 200,
        });
        while !client.succeeds(&request)? {
            if start.elapsed() > PATIENCE {
                bail!("a message was not found after {PATIENCE:?}");
            }
            std::thread::sleep(PAUSE);
        }
        times.push(start.elapsed());
    }
    Timings::new(times).context("nothing was published")
}
