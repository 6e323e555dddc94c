//! What can be said on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use service::rate;

use crate::address::{Address, Reader};

/// Asks datagrepper and grepper the same requests and tells which answers differ.
///
/// Differences that datagrepper's reference names as its bugs and quirks are told apart from all others.
/// Ends with 0 if there are no others, 1 if there are, 2 if it could not ask.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Options {
    /// The service in use.
    #[arg(
        long,
        value_name = "URL",
        value_parser = Reader,
        help = "The service in use, with its mount point, such as https://apps.example.org/datagrepper"
    )]
    pub old: Address,

    /// The service that is to take its place
    #[arg(long, value_name = "URL", value_parser = Reader)]
    pub new: Address,

    /// An access log of Apache, nginx or HAProxy, plain or gzipped; - is standard input; repeatable
    #[arg(long, value_name = "FILE")]
    pub log: Vec<String>,

    /// Files with lists of requests, one a line.
    #[arg(
        long,
        value_name = "FILE",
        help = "A list of requests, one a line: [METHOD] PATH [Accept: TYPE]; - is standard input; repeatable"
    )]
    pub requests: Vec<String>,

    /// Where the service is in the paths of logs; found out where absent.
    #[arg(
        long,
        value_name = "PATH",
        help = "Where the service is in the paths of logs, such as /datagrepper [default: found out]"
    )]
    pub prefix: Option<String>,

    /// Ask only so many requests, chosen at random
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,

    /// What the choice of a sample follows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Ask what was asked several times as often
    #[arg(long)]
    pub repeat: bool,

    /// What requests accept that do not say, as in logs; nothing for no such header
    #[arg(long, value_name = "TYPE", default_value = "*/*")]
    pub accept: String,

    /// Ask as pages of this origin do, so that cross-origin headers are compared
    #[arg(long, value_name = "ORIGIN")]
    pub origin: Option<String>,

    /// Questions a second that each service is asked, in all
    #[arg(long, default_value_t = 2.0, value_parser = rate)]
    pub rate: f64,

    /// Questions under way at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub jobs: u16,

    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", default_value = "75", value_parser = seconds)]
    pub timeout: Duration,

    /// Where a request counts back from now, take a moment so many seconds ago for now
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    pub settle: Duration,

    /// Ask for times as they came, though both services see other windows then
    #[arg(long, conflicts_with = "settle")]
    pub as_is: bool,

    /// How many examples of each unknown difference to tell
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub examples: usize,

    /// Write the report as JSON, too
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Write the report as Markdown, too
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let duration = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| "must be a number of seconds, 0 or more".to_owned())
}
