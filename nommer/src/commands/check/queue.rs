//! `nommer check queue`

use clap::Args;
use lapin::Connection;

use super::verdict::{Grade, Thresholds, Verdict, limit};
use crate::bus::connection::{ConnectError, close, connect};
use crate::bus::queue::{self, Depth};
use crate::commands::status::look::report;
use crate::config::settings::{Config, Queue};
use crate::vitals::report::QueueReport;
use crate::words::counted;

/// From where on it is bad.
#[derive(Clone, Copy, Debug, Args)]
pub struct QueueOptions {
    /// How many messages may wait before somebody should look soon.
    #[arg(long, value_name = "MESSAGES", value_parser = limit, allow_negative_numbers = true, default_value_t = 50)]
    warning: u64,
    /// How many messages may wait before somebody should look now.
    #[arg(long, value_name = "MESSAGES", value_parser = limit, allow_negative_numbers = true, default_value_t = 500)]
    critical: u64,
    /// How long before messages are lost somebody should look soon.
    #[arg(long, value_name = "SECONDS", value_parser = limit, allow_negative_numbers = true, default_value_t = 21600)]
    loss_warning: u64,
    /// How long before messages are lost somebody should look now.
    #[arg(long, value_name = "SECONDS", value_parser = limit, allow_negative_numbers = true, default_value_t = 7200)]
    loss_critical: u64,
}

impl QueueOptions {
    /// Of messages that wait.
    fn waiting(self) -> Thresholds {
        Thresholds::From(self.warning, self.critical)
    }

    /// What is wrong with them.
    pub fn fault(self) -> Option<String> {
        let waiting = self.waiting().fault(["--warning", "--critical"]);
        waiting.or_else(|| self.loss().fault(["--loss-warning", "--loss-critical"]))
    }

    /// Of the seconds until messages are lost.
    fn loss(self) -> Thresholds {
        Thresholds::Below(self.loss_warning, self.loss_critical)
    }
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
    // Where the program does not run, that is for another check.
    let report = report(config).map(|report| report.queues);
    for queue in report.unwrap_or_default() {
        tell_outlook(&queue, asked, &mut verdict);
    }
    verdict
}

/// What the running program knows of how full a queue is.
fn tell_outlook(queue: &QueueReport, asked: QueueOptions, verdict: &mut Verdict) {
    let QueueReport { name, fullness, .. } = queue;
    if let Some(fullness) = fullness {
        let percent = (100.0 * fullness).round() as u64;
        verdict.figure(&format!("{name} percent full"), percent, None);
    }
    if let Some(seconds) = queue.loss_in_seconds.map(|seconds| seconds as u64) {
        let limits = asked.loss();
        let grade = limits.grade(seconds);
        if grade > Grade::Ok {
            let until = counted(seconds, "second");
            verdict.tell(grade, format!("{name}: messages are lost in {until}"));
        }
        verdict.figure(&format!("{name} seconds to loss"), seconds, Some(limits));
    }
}

async fn look(connection: &Connection, queue: &Queue, asked: QueueOptions, verdict: &mut Verdict) {
    let name = &queue.name;
    match queue::depth(connection, name).await {
        Ok(Depth { ready, consumers }) => {
            let waiting = counted(ready, "message");
            let limits = asked.waiting();
            verdict.tell(limits.grade(ready), format!("{name}: {waiting} ready"));
            if consumers == 0 {
                verdict.tell(Grade::Critical, format!("{name}: nobody consumes"));
            }
            verdict.figure(name, ready, Some(limits));
            verdict.figure(&format!("{name} consumers"), consumers, None);
        }
        Err(error) => verdict.tell(Grade::Critical, format!("{name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_soon_messages_are_lost_is_judged_by_the_options() {
        let asked = QueueOptions {
            warning: 50,
            critical: 500,
            loss_warning: 600,
            loss_critical: 60,
        };
        for (loss, grade, told) in [
            (None, Grade::Ok, "'q percent full'=50"),
            (
                Some(600.0),
                Grade::Ok,
                "'q percent full'=50 'q seconds to loss'=600;600:;60:",
            ),
            (
                Some(599.9),
                Grade::Warning,
                "q: messages are lost in 599 seconds | 'q percent full'=50 'q seconds to loss'=599;600:;60:",
            ),
            (
                Some(0.0),
                Grade::Critical,
                "q: messages are lost in 0 seconds | 'q percent full'=50 'q seconds to loss'=0;600:;60:",
            ),
        ] {
            let queue = QueueReport {
                name: "q".to_owned(),
                ready: 7,
                fullness: Some(0.5),
                loss_in_seconds: loss,
            };
            let mut verdict = Verdict::default();
            tell_outlook(&queue, asked, &mut verdict);
            let line = verdict.line("QUEUE");
            assert!(line.ends_with(told), "{line}");
            assert_eq!(verdict.grade(), grade, "{line}");
        }
    }
}
