//! `nommer migrate`

mod planned;

use std::fmt::Arguments;

use archive::{AdvancedSequence, ConnectionOptions, Upkeep, migration};
use clap::Args;
use service::say;

use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;
use crate::words::counted;

/// Which way to go.
#[derive(Debug, Args)]
pub struct MigrateOptions {
    /// Take back the newest migrations instead, with the data in what they made.
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    rollback: Option<usize>,
    /// Agree to lose the data in what the migrations made that are taken back; without it, they are told only.
    #[arg(long, requires = "rollback")]
    drop_data: bool,
    /// Say what would be applied, which tables are locked meanwhile and how long it may take, and do nothing.
    #[arg(long, conflicts_with = "rollback")]
    plan: bool,
    /// Tell the plan as a JSON object in a line.
    #[arg(long, requires = "plan")]
    json: bool,
}

/// Applies the migrations that are missing, or takes some back, and tells each once it is done: whoever
/// interrupts it knows how far it came.
pub fn run(config: &Config, asked: &MigrateOptions) -> Result<(), Exit> {
    if asked.plan {
        return planned::run(&database::options_to_look(config)?, asked.json);
    }
    let options = database::options(config)?;
    match asked.rollback {
        Some(count) => roll_back(&options, count, asked.drop_data),
        None => {
            if apply(&options, |line| say(line))? == 0 {
                say("nothing to do");
            }
            Ok(())
        }
    }
}

/// Applies the migrations that are missing and brings sequences up to their tables. Tells each step
/// in a line, and answers how many there were.
pub fn apply(options: &ConnectionOptions, tell: impl Fn(Arguments<'_>)) -> Result<u64, Exit> {
    let mut done = 0;
    let applied = migration::apply_each(options, |name| {
        done += 1;
        tell(format_args!("applied {name}"));
    });
    applied.map_err(|error| database::refused(options, error))?;
    for AdvancedSequence { name, from, to } in Upkeep::new(options).advance_sequences()? {
        done += 1;
        tell(format_args!("advanced {name} from {from} to {to}"));
    }
    Ok(done)
}

fn roll_back(options: &ConnectionOptions, count: usize, drop_data: bool) -> Result<(), Exit> {
    let names = migration::applied_names(options)?;
    if count == 0 || count > names.len() {
        let there = counted(names.len() as u64, "migration");
        return Err(Exit::Config(format!(
            "--rollback {count}: there are {there} to take back; nothing is rolled back"
        )));
    }
    if !drop_data {
        for name in &names[..count] {
            say(format_args!("would roll back {name}"));
        }
        return Err(Exit::Config(
            "nothing is rolled back: the data in what these migrations made would be lost; --drop-data agrees to that"
                .to_owned(),
        ));
    }
    let reverted = migration::revert_each(options, count, |name| {
        say(format_args!("rolled back {name}"));
    });
    reverted.map_err(|error| database::refused(options, error))
}
