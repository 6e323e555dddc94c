//! What is there to see: the running program, its queues, the archive.

use std::time::Duration;

use archive::{Condition, ConnectionOptions, Reader, StoreError, Upkeep, migration};
use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use serde::Serialize;
use service::error_chain;
use ureq::Agent;

use crate::bus::connection::{close, connect};
use crate::bus::queue::{self, Depth};
use crate::config::settings::Config;
use crate::database;
use crate::monitoring;
use crate::vitals::report::ProgramReport;

/// How long a running nommer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What could be seen, and why not the rest.
#[derive(Debug, Serialize)]
pub struct Look {
    /// When.
    pub at: DateTime<Utc>,
    /// The program that runs with this configuration.
    pub nommer: Seen<ProgramReport>,
    /// Deliveries a second, if the program was seen before, too.
    pub rates: Option<Rates>,
    /// The queues of the configuration.
    pub queues: Seen<Vec<QueueDepth>>,
    /// The archive.
    pub archive: Seen<Archive>,
}

/// Something that was looked at.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Seen<T> {
    /// What it is like.
    There(T),
    /// Why nothing was seen.
    Not {
        /// In a sentence.
        error: String,
    },
}

/// Deliveries a second.
#[derive(Debug, Serialize)]
pub struct Rates {
    /// That came.
    pub received: f64,
    /// Whose messages are in the archive.
    pub archived: f64,
    /// That went to the dead letters.
    pub put_aside: f64,
}

/// A queue.
#[derive(Debug, Serialize)]
pub struct QueueDepth {
    /// Its name.
    pub name: String,
    /// How many messages are ready to be delivered.
    pub ready: u64,
    /// How many consume.
    pub consumers: u64,
}

/// The archive.
#[derive(Debug, Serialize)]
pub struct Archive {
    /// How many messages it has.
    pub messages: u64,
    /// Deliveries that are put aside.
    pub dead_letters: u64,
    /// When the last of them came.
    pub last_dead_letter: Option<DateTime<Utc>>,
    /// Notes that are not folded into the counters yet.
    pub notes: u64,
    /// The first day after the last partition.
    pub partitions_until: Option<NaiveDate>,
}

impl<T> Seen<T> {
    fn of(result: Result<T, String>) -> Self {
        match result {
            Ok(there) => Self::There(there),
            Err(error) => Self::Not { error },
        }
    }

    /// What was seen.
    pub fn there(&self) -> Option<&T> {
        match self {
            Self::There(there) => Some(there),
            Self::Not { .. } => None,
        }
    }
}

impl Look {
    /// Looks only at the program.
    pub fn of_program(config: &Config) -> Self {
        let unseen = || "not looked at".to_owned();
        Self {
            at: Utc::now().trunc_subsecs(3),
            nommer: Seen::of(report(config)),
            rates: None,
            queues: Seen::of(Err(unseen())),
            archive: Seen::of(Err(unseen())),
        }
    }

    /// Finds the rates since a look before.
    pub fn compare(&mut self, before: &Self) {
        let (Some(now), Some(then)) = (self.nommer.there(), before.nommer.there()) else {
            return;
        };
        // A program that has begun anew counts from 0 on.
        if now.started != then.started {
            return;
        }
        let seconds = (self.at - before.at).as_seconds_f64().max(0.001);
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        self.rates = Some(Rates {
            received: rate(now.totals.received, then.totals.received),
            archived: rate(now.totals.archived, then.totals.archived),
            put_aside: rate(now.totals.put_aside, then.totals.put_aside),
        });
    }

    /// Looks at all but the program.
    pub async fn look_around(&mut self, config: &Config) {
        self.queues = Seen::of(queues(config).await);
        self.archive = Seen::of(archive(config));
    }

    /// Whether all is there and does its work.
    pub fn is_well(&self) -> bool {
        let does_its_work = |report: &ProgramReport| {
            report.consuming
                && report.database
                && report.tasks.iter().all(|task| task.failing.is_none())
        };
        let is_consumed = |queues: &Vec<QueueDepth>| queues.iter().all(|queue| queue.consumers > 0);
        self.nommer.there().is_some_and(does_its_work)
            && self.queues.there().is_some_and(is_consumed)
            && self.archive.there().is_some()
    }
}

/// What the program says of itself that runs with this configuration.
pub fn report(config: &Config) -> Result<ProgramReport, String> {
    let answer = ask(config, monitoring::STATUS)?;
    serde_json::from_str(&answer).map_err(|error| format!("it does not tell how it fares: {error}"))
}

/// The metrics of the program that runs with this configuration.
pub fn metrics(config: &Config) -> Result<String, String> {
    ask(config, monitoring::METRICS)
}

/// A page of the running program.
fn ask(config: &Config, path: &str) -> Result<String, String> {
    let Some(address) = config.monitoring else {
        return Err("there is no [monitoring] in the configuration to ask it by".to_owned());
    };
    let url = format!("http://{address}{path}");
    let name = concat!("nommer/", env!("CARGO_PKG_VERSION"));
    let asked = client::configured(&url, name, PATIENCE).map_err(|error| error.to_string())?;
    // It is on this machine as a rule, and never behind a proxy.
    let agent: Agent = asked.proxy(None).build().into();
    let failed =
        |error: ureq::Error| format!("nobody answers at {address}: {}", error_chain(&error));
    let mut answer = agent.get(&url).call().map_err(failed)?;
    answer.body_mut().read_to_string().map_err(failed)
}

async fn queues(config: &Config) -> Result<Vec<QueueDepth>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", config.broker.name());
    let connection = connect(&config.broker)
        .await
        .map_err(|error| failed(&error))?;
    let mut queues = Vec::new();
    // One without a name is known to who declared it only.
    for queue in config.queues.iter().filter(|queue| !queue.name.is_empty()) {
        let name = queue.name.clone();
        let depth = queue::depth(&connection, &name).await;
        let Depth { ready, consumers } = match depth {
            Ok(depth) => depth,
            Err(error) => {
                close(&connection).await;
                return Err(format!("queue {name}: {error}"));
            }
        };
        queues.push(QueueDepth {
            name,
            ready,
            consumers,
        });
    }
    close(&connection).await;
    Ok(queues)
}

fn archive(config: &Config) -> Result<Archive, String> {
    let options = database::options_to_look(config).map_err(|exit| exit.to_string())?;
    let options = ConnectionOptions {
        pool_size: 1,
        ..options
    };
    read(&options).map_err(|error| error_chain(&error))
}

fn read(options: &ConnectionOptions) -> Result<Archive, StoreError> {
    migration::check(options)?;
    let messages = Reader::new(options).total()?;
    let Condition {
        dead_letters,
        last_dead_letter,
        notes,
        partitioned_until,
        ..
    } = Upkeep::new(options).condition()?;
    Ok(Archive {
        messages,
        dead_letters,
        last_dead_letter: last_dead_letter.map(|time| time.and_utc()),
        notes,
        partitions_until: partitioned_until,
    })
}
