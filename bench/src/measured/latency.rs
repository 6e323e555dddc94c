//! How long a message is on its way: from its publication until grepper answers it.

use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use chrono::Utc;
use clap::Args;
use devstack::{Postgres, Process, Rabbit, RabbitOptions};
use simulator::{Publisher, Traffic};
use tempfile::NamedTempFile;

use crate::asking::client::Client;
use crate::asking::shapes::Question;
use crate::asking::timings::Timings;
use crate::database::servers;
use crate::programs::Build;
use crate::progress;
use crate::queue::{self, EXCHANGE};
use crate::report::{number, table};

/// How much is published.
#[derive(Args, Clone, Copy, Debug)]
pub struct Pace {
    /// Messages a second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
}

impl Default for Pace {
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
pub fn run(pace: &Pace) -> Result<String> {
    let postgres = servers::postgres()?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let timings = measure(&Build::ours()?, (&postgres, &rabbit), pace)?;
    let note = format!(
        "{pace}; one in {} is asked for by its id, again and again, until grepper answers it. \
         Milliseconds from the start of its publication to the last byte of that answer.",
        pace.every()
    );
    let mut row = vec![
        "published to answered".to_owned(),
        timings.count().to_string(),
    ];
    row.extend([50, 95, 99, 100].map(|percent| number(timings.percentile(percent))));
    let columns = ["what", "asked", "median", "p95", "p99", "max"];
    Ok(table("Latency", &note, &columns, &[row]))
}

/// How long the messages that were looked for took through the programs of `build`.
pub fn measure(
    build: &Build,
    (postgres, rabbit): (&Postgres, &Rabbit),
    pace: &Pace,
) -> Result<Timings> {
    let database = build.database(postgres)?;
    let config = NamedTempFile::with_suffix(".toml")?;
    let consumer = build.consume(config.path(), rabbit, &database.name, &database)?;
    let nommer = Process::spawn(&consumer.command)?;
    let grepper = build.grepper(&database)?;
    let (sender, published) = mpsc::channel();
    let timings = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| watch(&grepper.url, published));
        publish(rabbit, pace, sender).and_then(|()| {
            watcher
                .join()
                .map_err(|_| anyhow!("the watcher panicked"))?
        })
    });
    let timings = timings.with_context(|| format!("nommer:\n{}", nommer.log().unwrap_or_default()));
    drop((nommer, grepper));
    queue::remove(rabbit, &database.name)?;
    postgres.drop_database(&database.name)?;
    timings
}

/// A message was published.
struct Published {
    id: String,
    start: Instant,
}

impl Pace {
    /// When the `n`-th message is published, after the first: evenly but for up to one distance, by the
    /// fractions of multiples of the golden ratio. Otherwise batches would be in step with messages, and
    /// those that are looked for always the first of theirs, or always the last.
    fn moment(&self, n: u32) -> Duration {
        let golden = (1.0 + 5_f64.sqrt()) / 2.0;
        let n = f64::from(n);
        Duration::from_secs_f64((n + (n * golden).fract()) / f64::from(self.rate))
    }

    /// Each message of how many is looked for.
    pub fn every(&self) -> u32 {
        (self.rate / LOOKED_FOR).max(1)
    }
}

impl std::fmt::Display for Pace {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Self { rate, seconds } = self;
        write!(formatter, "{rate} messages a second for {seconds} s")
    }
}

/// Publishes at this pace, and sends along what to look for.
fn publish(rabbit: &Rabbit, pace: &Pace, sender: Sender<Published>) -> Result<()> {
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
            let count = pace.rate * pace.seconds;
            let bar = progress::bar("publishing", count.into());
            let begin = tokio::time::Instant::now();
            for n in 0..count {
                let sample = traffic.message(Utc::now());
                tokio::time::sleep_until(begin + pace.moment(n)).await;
                let start = Instant::now();
                publisher.publish(&sample).await?;
                if n % pace.every() == 0 {
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
            path: "/id".into(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_at_uneven_distances_and_in_time() {
        let pace = Pace {
            rate: 100,
            seconds: 1,
        };
        let moments: Vec<Duration> = (0..100).map(|n| pace.moment(n)).collect();
        let distances: Vec<Duration> = moments.windows(2).map(|two| two[1] - two[0]).collect();
        let (least, most) = (distances.iter().min(), distances.iter().max());
        assert!(least < Some(&Duration::from_millis(7)), "{least:?}");
        assert!(most > Some(&Duration::from_millis(15)), "{most:?}");
        assert!(moments[99] < Duration::from_secs(1), "{:?}", moments[99]);
    }
}
