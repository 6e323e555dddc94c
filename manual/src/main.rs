//! Writes the manual pages and shell completions of the programs into a folder, for packages.
//!
//! They come from what defines the command lines, so that none can be forgotten. A program of its own does it, so that
//! those that are shipped carry nothing of it.

mod completions;
mod folder;
mod pages;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory as _, Parser};
use grepper::config::settings::CommandLine;
use grepper_diff::options::Options;
use nommer::commands::command_line::Cli;
use service::{complain, error_chain};

use crate::folder::make;

/// Writes the manual pages and shell completions of the programs.
#[derive(Debug, Parser)]
struct Wanted {
    /// Where to write: pages go into man1/, completions into bash/, zsh/ and fish/.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

fn main() -> ExitCode {
    match write(&Wanted::parse().folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("manual: {}", error_chain(&*error)));
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Result<()> {
    for program in [Cli::command(), CommandLine::command(), Options::command()] {
        pages::write(program.clone(), &make(folder, "man1")?)?;
        completions::write(program, folder)?;
    }
    pages::write_old_names(&make(folder, "man1")?)
}
