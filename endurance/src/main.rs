//! One command that shows that it all holds: nommer and grepper at work for minutes, with a lot of
//! messages of all kinds, while programs and servers are killed, an admin changes the database and
//! clients behave badly. In the end each message is looked for, and the counters and totals are
//! proved.
//!
//! All that is drawn follows from `--seed`. What is found wrong is told with its time, and makes
//! the exit code 1.

mod background;
mod checks;
mod cluster;
mod disturbances;
mod journal;
mod latencies;
mod ledger;
mod messages;
mod options;
mod outcome;
mod program;
mod publisher;
mod report;
mod run;
mod scene;
mod sql;
mod stack;
mod wire;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use service::{complain, say};

use crate::journal::lock;
use crate::options::Options;
use crate::scene::Scene;

fn main() -> ExitCode {
    match soak(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(format_args!("soak: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn soak(options: &Options) -> Result<bool> {
    let folder = folder(options)?;
    say(format_args!(
        "soak: starting servers and programs; logs and reports go to {}",
        folder.display()
    ));
    if options.cluster {
        return cluster::soak(options, &folder);
    }
    let scene = Scene::start(&folder)?;
    let outcome = run::run(&scene, options)?;
    let text = report::text(&outcome);
    say(format_args!("\n{text}"));
    std::fs::write(folder.join("report.md"), &text)?;
    let json = serde_json::to_string_pretty(&report::json(&outcome))?;
    std::fs::write(folder.join("report.json"), json)?;
    say(format_args!("soak: the report is in {}", folder.display()));
    if options.keep {
        invite(&scene);
    }
    Ok(outcome.faults.is_empty())
}

fn folder(options: &Options) -> Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let output = options.output.clone();
    let output = output.unwrap_or_else(|| PathBuf::from(target).join("soak"));
    let name = format!(
        "{}-{}",
        chrono::Utc::now().format("%Y%m%dT%H%M%S"),
        options.seed
    );
    let folder = output.join(name);
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder.canonicalize()?)
}

fn invite(scene: &Scene) {
    say(format_args!(
        "\n    psql {}\n    broker {}\n    grepper at {}\n\n    Ctrl-C stops everything and removes the data.",
        scene.stack.database_url,
        lock(&scene.stack.rabbit).url(),
        scene.stack.addresses.join(" and "),
    ));
    loop {
        std::thread::park();
    }
}
