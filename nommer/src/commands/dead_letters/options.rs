//! What can follow `nommer dead-letters`.

use std::path::PathBuf;

use archive::LetterFilter;
use chrono::NaiveDateTime;
use clap::{ArgGroup, Args};

use crate::commands::times::time;

/// Which dead letters.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Only those with this text in the reason.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Only those with this routing key.
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Only those from this queue.
    #[arg(long, value_name = "QUEUE")]
    queue: Option<String>,
    /// Only those that came first then or later: a day or a time by ISO 8601, UTC without an offset.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<NaiveDateTime>,
    /// Only those that came first before that time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<NaiveDateTime>,
}

impl Selection {
    fn filter(&self, ids: &[i64], discarded: bool) -> LetterFilter {
        LetterFilter {
            ids: ids.to_vec(),
            reason: self.reason.clone(),
            routing_key: self.topic.clone(),
            queue: self.queue.clone(),
            since: self.since,
            until: self.until,
            discarded,
        }
    }
}

/// Which dead letters to tell of, and how.
#[derive(Debug, Args)]
pub struct ListOptions {
    #[command(flatten)]
    selection: Selection,
    /// Those that were discarded, instead of the others.
    #[arg(long)]
    discarded: bool,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: u64,
    /// A JSON object a line instead of a table.
    #[arg(long)]
    pub json: bool,
}

impl ListOptions {
    pub fn filter(&self) -> LetterFilter {
        self.selection.filter(&[], self.discarded)
    }
}

/// Which dead letter.
#[derive(Debug, Args)]
pub struct ShowOptions {
    /// Its number, as `list` tells it.
    pub id: i64,
}

/// Which dead letters to write, and where.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// Numbers of dead letters, as `list` tells them.
    #[arg(value_name = "ID")]
    ids: Vec<i64>,
    #[command(flatten)]
    selection: Selection,
    /// Those that were discarded, instead of the others.
    #[arg(long)]
    discarded: bool,
    /// A file to write, which must not be there, instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl ExportOptions {
    pub fn filter(&self) -> LetterFilter {
        self.selection.filter(&self.ids, self.discarded)
    }
}

/// Which dead letters to try again.
#[derive(Debug, Args)]
#[command(group = which())]
pub struct RetryOptions {
    /// Numbers of dead letters, as `list` tells them.
    #[arg(value_name = "ID")]
    ids: Vec<i64>,
    #[command(flatten)]
    selection: Selection,
    /// All of them.
    #[arg(long)]
    all: bool,
    /// Those that were discarded, instead of the others.
    #[arg(long)]
    discarded: bool,
    /// Say what would become of them, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
}

impl RetryOptions {
    pub fn filter(&self) -> LetterFilter {
        self.selection.filter(&self.ids, self.discarded)
    }
}

/// Which dead letters to discard, and why.
#[derive(Debug, Args)]
#[command(group = which())]
pub struct DiscardOptions {
    /// Numbers of dead letters, as `list` tells them.
    #[arg(value_name = "ID")]
    ids: Vec<i64>,
    #[command(flatten)]
    selection: Selection,
    /// All of them.
    #[arg(long)]
    all: bool,
    /// Why: kept with them.
    #[arg(long, value_name = "TEXT", required = true, value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub because: String,
}

impl DiscardOptions {
    pub fn filter(&self) -> LetterFilter {
        self.selection.filter(&self.ids, false)
    }
}

/// Something must say which letters: nobody means all of them by saying nothing.
fn which() -> ArgGroup {
    ArgGroup::new("which")
        .args(["ids", "reason", "topic", "queue", "since", "until", "all"])
        .required(true)
        .multiple(true)
}
