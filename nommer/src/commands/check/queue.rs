//! `nommer check queue`

use clap::Args;
use lapin::Connection;

use super::verdict::{Grade, Verdict};
use crate::bus::connection::{ConnectError, close, connect};
use crate::bus::queue::{self, Depth};
use crate::commands::status::look::report;
use crate::config::settings::{Config, Queue};
use crate::vitals::report::QueueReport;
use crate::words::counted;

/// Messages that are lost in so many seconds are for now.
const LOST_SOON: u64 = 2 * 60 * 60;

/// From how many messages on it is bad.
#[derive(Clone, Copy, Debug, Args)]
pub struct QueueOptions {
    /// How many messages may wait before somebody should look soon.
    #[arg(long, value_name = "MESSAGES", default_value_t = 50)]
    warning: u64,
    /// How many messages may wait before somebody should look now.
    #[arg(long, value_name = "MESSAGES", default_value_t = 500)]
    critical: u64,
}

/// Looks how many messages wait in the queues of the configuration, and whether anybody consumes them.
pub async fn check(config: &Config, asked: QueueOptions) -> Verdict {
    let connection = match connect(&config.broker).await {
        Ok(connection) => connection,
        Err(ConnectError::Tls(reason)) => return Verdict::only(Grade::Unknown, reason),
        Err(error) => {
            let broker = config.broker.name();
            return Verdict::only(Grade::Critical, format!("{broker}: {error}"));
        }
    };
    let mut verdict = Verdict::default();
    for queue in &config.queues {
        if queue.name.is_empty() {
            let told = "a queue that the broker names is there only while nommer consumes";
            verdict.tell(Grade::Unknown, told);
        } else {
            look(&connection, queue, asked, &mut verdict).await;
        }
    }
    close(&connection).await;
    tell_outlook(config, &mut verdict);
    verdict
}

/// What the running program knows of how full the queues are.
fn tell_outlook(config: &Config, verdict: &mut Verdict) {
    // Where it does not run, that is for another check.
    let report = report(config).map(|report| report.queues);
    for queue in report.unwrap_or_default() {
        let QueueReport { name, fullness, .. } = &queue;
        if let Some(fullness) = fullness {
            let percent = (100.0 * fullness).round() as u64;
            verdict.figure(&format!("{name} percent full"), percent, None);
        }
        if let Some(seconds) = queue.loss_in_seconds.map(|seconds| seconds as u64) {
            if seconds < LOST_SOON {
                let told = format!(
                    "{name}: messages are lost in {}",
                    counted(seconds, "second")
                );
                verdict.tell(Grade::Critical, told);
            }
            verdict.figure(&format!("{name} seconds to loss"), seconds, None);
        }
    }
}

async fn look(connection: &Connection, queue: &Queue, asked: QueueOptions, verdict: &mut Verdict) {
    let name = &queue.name;
    match queue::depth(connection, name).await {
        Ok(Depth { ready, consumers }) => {
            let grade = Grade::of(ready, asked.warning, asked.critical);
            let waiting = counted(ready, "message");
            verdict.tell(grade, format!("{name}: {waiting} ready"));
            if consumers == 0 {
                verdict.tell(Grade::Critical, format!("{name}: nobody consumes"));
            }
            verdict.figure(name, ready, Some((asked.warning, asked.critical)));
            verdict.figure(&format!("{name} consumers"), consumers, None);
        }
        Err(error) => verdict.tell(Grade::Critical, format!("{name}: {error}")),
    }
}
