//! `nommer rules check`

use std::path::PathBuf;

use clap::Args;
use metadata::{Faults, Rules};
use service::say;

use crate::exit::Exit;

/// Where to look for mistakes.
#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Files, each by itself, and directories, together with the rules built in [default: the directory in effect,
    /// or the rules built in].
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
}

/// Checks all that was asked for, or where nothing was, the rules in effect.
pub fn run(
    CheckOptions { paths }: &CheckOptions,
    in_effect: impl FnOnce() -> Result<Option<PathBuf>, Exit>,
) -> Result<(), Exit> {
    let mut faults = Vec::new();
    if paths.is_empty() {
        Rules::load(in_effect()?.as_deref())?;
    }
    for path in paths {
        let checked = if path.is_dir() {
            Rules::with_directory(path).map(drop)
        } else {
            Rules::check(path)
        };
        if let Err(Faults(found)) = checked {
            faults.extend(found);
        }
    }
    if !faults.is_empty() {
        return Err(Exit::from(Faults(faults)));
    }
    say("no mistakes");
    Ok(())
}
