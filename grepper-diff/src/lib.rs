//! Puts requests to datagrepper and to grepper and tells which answers differ.
//!
//! | module | question |
//! | --- | --- |
//! | `options` | What is wanted? |
//! | `address` | Where is a service, and who asks? |
//! | `target`, `question`, `json` | What is a request, and a value? |
//! | `intake/` | Which requests are asked? |
//! | `window` | At which time? |
//! | `asking/` | How are services asked? |
//! | `comparison/` | Where do answers differ? |
//! | `kinds/` | Which differences are known? |
//! | `verdict`, `settings`, `run` | What becomes of a question, and of all? |
//! | `report/` | What is an admin told? |

mod address;
mod asking;
mod comparison;
mod intake;
mod json;
mod kinds;
pub mod options;
mod question;
mod report;
mod run;
mod settings;
mod target;
mod verdict;
mod window;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use chrono::Utc;
use clap::Parser as _;
use service::{Stop, complain, error_chain, say};

use crate::asking::client::Client;
use crate::asking::pace::Pace;
use crate::intake::gather::{Gathered, Wish, gather};
use crate::options::Options;
use crate::question::Wanted;
use crate::report::tally::{About, Tally};
use crate::report::{markdown, text};
use crate::run::run;
use crate::verdict::Services;
use crate::window::Window;

/// Does what the command line wants, and answers the code to end with.
pub fn program() -> ExitCode {
    let options = Options::parse();
    match compare(&options) {
        Ok(tally) if tally.is_clean() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            complain(format_args!("grepper-diff: {}", error_chain(&*error)));
            ExitCode::from(2)
        }
    }
}

fn compare(options: &Options) -> Result<Tally> {
    if options.log.is_empty() && options.requests.is_empty() {
        bail!("nothing to ask: give --log or --requests");
    }
    let gathered = gather(&wish(options))?;
    let pace = Pace::new(options.rate);
    let services = Arc::new(Services {
        old: Client::new(&options.old, options.timeout)?,
        new: Client::new(&options.new, options.timeout)?,
        pace,
    });
    let _signals = stop_on_signals(Arc::clone(&services))?;
    let defaults = settings::ask(&services.old, &services.new, &services.pace)?;
    let window = (!options.as_is).then(|| Window {
        end: (Utc::now().timestamp() as f64 - options.settle.as_secs_f64()).floor(),
        default_span: defaults.span,
    });
    let counts = gathered.counts.clone();
    let (wanted, frozen) = frozen(gathered, window.as_ref());
    let mut tally = Tally::new(About {
        old: services.old.address.clone(),
        new: services.new.address.clone(),
        counts,
        frozen,
        window,
        settings: defaults.differing,
        examples: options.examples,
    });
    let start = Instant::now();
    run(&services, &wanted, options.jobs, &mut tally);
    tally.took = start.elapsed();
    tell(options, &tally)?;
    Ok(tally)
}

fn wish(options: &Options) -> Wish {
    Wish {
        logs: options.log.clone(),
        lists: options.requests.clone(),
        prefix: options.prefix.clone(),
        accept: Some(options.accept.clone()).filter(|accept| !accept.is_empty()),
        origin: options.origin.clone(),
        repeat: options.repeat,
        sample: options.sample.map(|size| (size, options.seed)),
    }
}

/// What is asked, and for how many of these times were put.
fn frozen(gathered: Gathered, window: Option<&Window>) -> (Vec<Wanted>, u64) {
    let mut frozen = 0;
    let wanted = gathered.questions.into_iter().map(|(question, times)| {
        let target = window.and_then(|window| window.freeze(&question.target));
        frozen += u64::from(target.is_some());
        let question = match target {
            Some(target) => question.of(target),
            None => question,
        };
        Wanted { question, times }
    });
    (wanted.collect(), frozen)
}

/// The first signal ends the asking, and the report comes of what is known by then.
fn stop_on_signals(services: Arc<Services>) -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot listen to signals")?;
    let mut stop = runtime
        .block_on(async { Stop::on_signals() })
        .context("cannot listen to signals")?;
    runtime.spawn(async move {
        stop.requested().await;
        services.pace.stop();
        complain("stopping: the report comes when what is under way has been answered");
    });
    Ok(runtime)
}

fn tell(options: &Options, tally: &Tally) -> Result<()> {
    say(text::report(tally));
    if let Some(file) = &options.markdown {
        write(file, &markdown::report(tally))?;
    }
    if let Some(file) = &options.json {
        write(file, &format!("{:#}\n", report::data::report(tally)))?;
    }
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
