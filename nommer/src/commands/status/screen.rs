//! A look as a person reads it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use indicatif::{BinaryBytes, HumanCount, HumanDuration};

use super::look::{Archive, Look, QueueDepth, Seen};
use crate::commands::text::harmless;
use crate::vitals::report::{LastBatch, ProgramReport, TaskReport};
use crate::words::counted;

/// What is lost later than that is not worth a word yet.
const SOON: Duration = Duration::from_secs(24 * 60 * 60);

/// Bold and red, and back.
const LOUD: (&str, &str) = ("\x1b[1;31m", "\x1b[0m");

/// Lines that begin with what they are about.
struct Screen<'a> {
    text: String,
    look: &'a Look,
    has_colours: bool,
}

/// The screen of a look.
pub fn of(look: &Look, has_colours: bool) -> String {
    let mut screen = Screen {
        text: String::new(),
        look,
        has_colours,
    };
    match &look.nommer {
        Seen::There(report) => screen.program(report),
        Seen::Not { error } => screen.trouble("nommer", error),
    }
    match &look.queues {
        Seen::There(queues) => queues.iter().for_each(|queue| screen.queue(queue)),
        Seen::Not { error } => screen.trouble("queues", error),
    }
    match &look.archive {
        Seen::There(archive) => screen.archive(archive),
        Seen::Not { error } => screen.trouble("archive", error),
    }
    if let Seen::There(report) = &look.nommer {
        report.tasks.iter().for_each(|task| screen.task(task));
    }
    screen.text.truncate(screen.text.trim_end().len());
    screen.text
}

impl Screen<'_> {
    fn line(&mut self, about: &str, text: &str) {
        let text = harmless(text);
        self.text.push_str(&format!("{about:<12}{text}\n"));
    }

    /// A line that should be read first.
    fn trouble(&mut self, about: &str, text: &str) {
        // Errors of the database have several lines.
        let text = &text.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.has_colours {
            let text = harmless(text);
            let (loud, back) = LOUD;
            self.text
                .push_str(&format!("{loud}{about:<12}{text}{back}\n"));
        } else {
            self.line(about, &format!("! {text}"));
        }
    }

    fn program(&mut self, report: &ProgramReport) {
        let since = self.ago(report.started);
        let version = &report.version;
        if report.consuming {
            let text = format!("{version}, started {since}, consuming");
            self.line("nommer", &text);
        } else {
            let text = format!("{version}, started {since}, NOT CONSUMING: its log says why");
            self.trouble("nommer", &text);
        }
        if report.database_full {
            let text = "NO ROOM: its disk is full";
            self.trouble("database", text);
        } else if !report.database {
            let text = report.database_error.as_ref().map_or_else(
                || "takes no messages, or is late with a batch".to_owned(),
                |error| format!("takes no messages: {error}"),
            );
            self.trouble("database", &text);
        }
        if let Some(rates) = &self.look.rates {
            let text = format!(
                "{:.1} received, {:.1} archived, {:.1} put aside a second",
                rates.received, rates.archived, rates.put_aside
            );
            self.line("now", &text);
        }
        let text = format!(
            "{} received, {} archived, {} put aside",
            HumanCount(report.totals.received),
            HumanCount(report.totals.archived),
            HumanCount(report.totals.put_aside)
        );
        self.line("in all", &text);
        let held = match report.held_messages {
            0 => "nothing".to_owned(),
            all => {
                let bytes = BinaryBytes(report.held_bytes);
                format!("{} not settled, {bytes}", HumanCount(all))
            }
        };
        self.line("held", &held);
        self.batch(report);
    }

    fn batch(&mut self, report: &ProgramReport) {
        let (Some(batch), Some(commit)) = (report.last_batch, report.last_commit) else {
            return self.line("last batch", "none since the start");
        };
        let LastBatch {
            deliveries,
            wait_ms,
            store_ms,
            settle_ms,
        } = batch;
        let text = format!(
            "{}, {deliveries} in it: {wait_ms} ms to gather, {store_ms} to store, {settle_ms} to settle",
            self.ago(commit)
        );
        self.line("last batch", &text);
        if let Some(sent) = report.newest_sent_at {
            let text = format!("sent {}", self.ago(sent));
            self.line("newest", &text);
        }
    }

    fn queue(&mut self, queue: &QueueDepth) {
        let QueueDepth {
            name,
            ready,
            consumers,
        } = queue;
        let ready = format!("{name}: {} ready", HumanCount(*ready));
        let outlook = self.outlook(name);
        if *consumers == 0 {
            self.trouble("queue", &format!("{ready}, NOBODY CONSUMES{outlook}"));
        } else {
            let text = format!("{ready}, {}{outlook}", counted(*consumers, "consumer"));
            self.line("queue", &text);
        }
    }

    /// How full the program knows a queue to be.
    fn outlook(&self, name: &str) -> String {
        let queues = self.look.nommer.there().map(|report| &report.queues);
        let queue = queues.and_then(|queues| queues.iter().find(|queue| queue.name == name));
        let Some((fullness, queue)) = queue.and_then(|queue| Some((queue.fullness?, queue))) else {
            return String::new();
        };
        let full = format!(", {:.0} % full", 100.0 * fullness);
        match queue.loss_in_seconds {
            Some(seconds) if seconds < SOON.as_secs_f64() => {
                let left = HumanDuration(Duration::from_secs_f64(seconds));
                format!("{full}, MESSAGES ARE LOST in {left}")
            }
            _ => full,
        }
    }

    fn archive(&mut self, archive: &Archive) {
        let messages = format!("{} messages", HumanCount(archive.messages));
        self.line("archive", &messages);
        match archive.last_dead_letter {
            Some(last) if archive.dead_letters > 0 => {
                let letters = counted(archive.dead_letters, "dead letter");
                let text = format!("{letters}, the last one {}", self.ago(last));
                self.line("", &text);
            }
            _ => self.line("", "no dead letters"),
        }
        let notes = counted(archive.notes, "note");
        self.line("", &format!("{notes} to be folded into the counters"));
        match archive.partitions_until {
            Some(day) => self.line("", &format!("partitions until {day}")),
            None => self.trouble("", "no partitions but that for strays"),
        }
    }

    fn task(&mut self, task: &TaskReport) {
        let TaskReport {
            name,
            last_success,
            failing,
        } = task;
        if let Some(failing) = failing {
            let text = format!(
                "{name} FAILS since {}, {}: {}",
                since(self.look.at - failing.since),
                counted(failing.in_a_row, "time"),
                failing.error
            );
            return self.trouble("task", &text);
        }
        let when = match last_success {
            Some(time) => self.ago(*time),
            None => "not run yet".to_owned(),
        };
        self.line("task", &format!("{name:<24}{when}"));
    }

    fn ago(&self, time: DateTime<Utc>) -> String {
        format!("{} ago", since(self.look.at - time))
    }
}

/// A length of time in its largest unit, such as `47 hours`; one that has not begun is none.
fn since(length: TimeDelta) -> HumanDuration {
    HumanDuration(length.to_std().unwrap_or_default())
}
