//! `nommer audit --peer`: compares this archive with another one, once or again and again.

use std::collections::HashSet;
use std::sync::Arc;

use archive::{ConnectionOptions, DeadLetters, Reader, Writer, migration};
use chrono::{NaiveDateTime, TimeDelta, Utc};
use clap::Args;
use metadata::Rules;
use serde_json::json;
use service::tasks::{self, Task};
use service::{Stop, rate, say};

use super::backfill::{Backfill, Filled};
use super::compare::{By, Comparison, Missing};
use super::fault::Fault;
use super::gaps::uncompared;
use super::part::Part;
use super::peer::Peer;
use super::put_aside::PutAside;
use super::receipts::Receipts;
use crate::commands::times::time;
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;
use crate::expected::age::Age;
use crate::words::counted;

/// So much is compared if nothing else is asked for.
const LOOKED_BACK: TimeDelta = TimeDelta::days(30);

/// What to compare, with whom, and how.
#[derive(Clone, Debug, Args)]
pub struct PeerOptions {
    /// Compare with another archive instead, by the address of its grepper or datagrepper.
    #[arg(long, value_name = "URL")]
    pub peer: Option<String>,
    /// Store what the other archive has and this one lacks.
    #[arg(long, requires = "peer")]
    backfill: bool,
    /// Only messages sent then or later: a day or a time by ISO 8601, UTC without an offset [default: 30 days ago].
    #[arg(long, value_name = "TIME", value_parser = time, requires = "peer")]
    since: Option<NaiveDateTime>,
    /// Only messages sent before that time.
    #[arg(long, value_name = "TIME", value_parser = time, requires = "peer")]
    until: Option<NaiveDateTime>,
    /// Leave out what was sent so shortly ago, as it may be on its way.
    #[arg(long, value_name = "AGE", default_value = "10m", requires = "peer")]
    settle: Age,
    /// What to compare.
    #[arg(
        long,
        value_enum,
        default_value_t,
        value_name = "WHAT",
        requires = "peer"
    )]
    by: By,
    /// So many requests a second, at most.
    #[arg(long, value_name = "N", default_value = "2", value_parser = rate, requires = "peer")]
    rate: f64,
    /// Do it again and again, at such distances, until SIGTERM or SIGINT.
    #[arg(long, value_name = "AGE", requires = "peer")]
    every: Option<Age>,
}

/// What a comparison needs.
struct Audit {
    url: String,
    asked: PeerOptions,
    as_json: bool,
    reader: Reader,
    writer: Writer,
    letters: DeadLetters,
    rules: Rules,
}

/// What came of a comparison.
struct Compared {
    missing: Missing,
    filled: Filled,
    requests: u64,
}

/// Compares, and fails if the archives are not equal in the end.
pub fn run(config: &Config, url: &str, asked: &PeerOptions, as_json: bool) -> Result<(), Exit> {
    let options = match asked.backfill {
        true => database::options(config)?,
        false => database::options_to_read(config)?,
    };
    migration::check(&options)?;
    let audit = Audit::new(config, &options, url, asked, as_json)?;
    match &asked.every {
        None => audit.once(),
        Some(every) => audit.again_and_again(every),
    }
}

impl Audit {
    fn new(
        config: &Config,
        options: &ConnectionOptions,
        url: &str,
        asked: &PeerOptions,
        as_json: bool,
    ) -> Result<Self, Exit> {
        // An address that is none is known at once.
        Peer::new(url, asked.rate)?;
        Ok(Self {
            url: url.to_owned(),
            asked: asked.clone(),
            as_json,
            reader: Reader::new(options),
            writer: Writer::new(options),
            letters: DeadLetters::new(options),
            rules: Rules::load(config.rules_directory.as_deref())?,
        })
    }

    fn once(&self) -> Result<(), Exit> {
        let compared = self.compare()?;
        match compared.differences() {
            0 => Ok(()),
            _ => Err(Exit::Failed("the archives differ".to_owned())),
        }
    }

    fn again_and_again(self, every: &Age) -> Result<(), Exit> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Exit::Failed(format!("no threads: {error}")))?;
        let every = every.duration();
        let audit = Arc::new(self);
        let stopped = runtime.block_on(async {
            let mut stop = Stop::on_signals()?;
            let task = Task::new("audit", every, move || audit.compare().map(drop)).at_once();
            let statuses = tasks::start(vec![task]);
            stop.requested().await;
            drop(statuses);
            Ok::<_, std::io::Error>(())
        });
        // Whatever it is at: what is stored is stored, and the next run goes on.
        runtime.shutdown_background();
        stopped.map_err(|error| Exit::Failed(format!("no signals: {error}")))
    }

    /// Compares once, and tells the sums.
    fn compare(&self) -> Result<Compared, Fault> {
        let now = Utc::now().naive_utc();
        let settled = now
            .checked_sub_signed(self.asked.settle.length)
            .unwrap_or(now);
        let until = self.asked.until.unwrap_or(settled).min(settled);
        let since = self.asked.since.unwrap_or(now - LOOKED_BACK).min(until);
        let peer = Peer::new(&self.url, self.asked.rate)?;
        let backfill = self.asked.backfill.then(|| Backfill {
            writer: &self.writer,
            rules: &self.rules,
            filled: Filled::default(),
        });
        let mut comparison = Comparison {
            reader: &self.reader,
            peer: &peer,
            receipts: Receipts::new(&self.reader, &peer),
            put_aside: PutAside::new(&self.letters),
            backfill,
            by: self.asked.by,
            as_json: self.as_json,
            missing: Missing::default(),
            whole: HashSet::new(),
            at: since,
            uncompared: Vec::new(),
        };
        let all = Part::all(since, until);
        let answer = comparison.run(&all);
        if answer.is_err() {
            // Before the first was begun, nothing is.
            let left = match &comparison.uncompared[..] {
                [] => std::slice::from_ref(&all),
                left => left,
            };
            uncompared(left, self.as_json).iter().for_each(say);
        }
        let compared = Compared {
            missing: comparison.missing,
            filled: comparison
                .backfill
                .map_or_else(Filled::default, |backfill| backfill.filled),
            requests: peer.requests(),
        };
        say(compared.line(self.as_json, answer.is_ok()));
        answer.map(|()| compared)
    }
}

impl Compared {
    /// How much differs still.
    fn differences(&self) -> u64 {
        let Filled {
            stored, duplicates, ..
        } = self.filled;
        let here = self.missing.here.saturating_sub(stored + duplicates);
        here + self.missing.there + self.missing.unequal + self.missing.unread
    }

    fn line(&self, as_json: bool, complete: bool) -> String {
        let Self {
            missing,
            filled,
            requests,
        } = self;
        if as_json {
            return json!({
                "complete": complete, "missing_here": missing.here, "missing_there": missing.there, "unequal": missing.unequal,
                "received": missing.received, "put_aside_here": missing.put_aside, "unread": missing.unread,
                "stored": filled.stored, "duplicates": filled.duplicates, "put_aside": filled.put_aside, "requests": requests,
            })
            .to_string();
        }
        let until = if complete { "" } else { "until it failed: " };
        let stored = match (filled.stored, filled.put_aside) {
            (0, 0) => String::new(),
            (stored, 0) => format!("; stored {stored}"),
            (stored, put_aside) => format!("; stored {stored}, put aside {put_aside}"),
        };
        let received = match missing.received {
            0 => String::new(),
            received => format!("; at another time in either, without a sender's: {received}"),
        };
        let put_aside = match missing.put_aside {
            0 => String::new(),
            put_aside => format!("; put aside here: {put_aside}"),
        };
        let unread = match missing.unread {
            0 => String::new(),
            unread => format!("; not to be read there: {}", counted(unread, "second")),
        };
        let requests = counted(*requests, "request");
        format!(
            "{until}missing here: {}, missing there: {}{stored}{received}{put_aside}{unread}; {requests}",
            missing.here, missing.there
        )
    }
}
