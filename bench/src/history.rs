//! What an archive is filled with, and what there is in it to ask for.

pub mod load;
pub mod names;
pub mod rows;

use std::str::FromStr;
use std::sync::mpsc;

use anyhow::{Context, Error, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use simulator::{Sample, Traffic};

/// How many messages are handed over at once.
const BATCH: usize = 1_000;

/// How much history, as messages x days in texts.
#[derive(Args, Clone, Copy, Debug)]
pub struct History {
    /// How many messages the archive holds.
    #[arg(long, default_value_t = 200_000)]
    pub messages: u32,
    /// Over how many days they are spread, up to now.
    #[arg(long, default_value_t = 730)]
    pub days: u32,
}

impl FromStr for History {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (messages, days) = text
            .split_once('x')
            .context("messages x days, such as 2000000x730")?;
        let history = Self {
            messages: messages.parse()?,
            days: days.parse()?,
        };
        ensure!(history.messages > 0 && history.days > 0, "neither may be 0");
        Ok(history)
    }
}

impl History {
    fn span(self) -> TimeDelta {
        TimeDelta::days(self.days.into())
    }

    /// The messages of `seed` up to `end`, oldest first, in batches.
    pub fn samples(self, seed: u64, end: DateTime<Utc>) -> mpsc::Receiver<Vec<Sample>> {
        let (sender, batches) = mpsc::sync_channel(4);
        std::thread::spawn(move || {
            let mut traffic = Traffic::new(seed);
            let mut samples = traffic.history(self.messages, self.span(), end);
            loop {
                let batch: Vec<Sample> = samples.by_ref().take(BATCH).collect();
                // Nobody listens after an error, which is told there.
                if batch.is_empty() || sender.send(batch).is_err() {
                    return;
                }
            }
        });
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_messages_by_days() {
        let history: History = "2000x730".parse().expect("both");
        assert_eq!((history.messages, history.days), (2000, 730));
        for text in ["2000", "x730", "0x1", "1x0", "2000x730x1"] {
            assert!(text.parse::<History>().is_err(), "{text}");
        }
    }
}
