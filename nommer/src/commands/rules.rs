//! `nommer rules`

mod check;
mod test;

use std::path::PathBuf;

use check::CheckOptions;
use clap::Subcommand;
use test::TestOptions;

use crate::exit::Exit;

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Look for mistakes in rule files.
    Check(CheckOptions),
    /// Say what the rules make of messages, and compare it with what the file expects of them.
    Test(TestOptions),
}

/// Checks rules or tries them; `in_effect` is the directory of those that `nommer consume` goes by.
pub fn run(
    command: &RulesCommand,
    in_effect: impl FnOnce() -> Result<Option<PathBuf>, Exit>,
) -> Result<(), Exit> {
    match command {
        RulesCommand::Check(options) => check::run(options, in_effect),
        RulesCommand::Test(options) => test::run(options, in_effect()?.as_deref()),
    }
}
