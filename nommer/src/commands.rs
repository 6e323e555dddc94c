//! What the program can be asked to do: a file for each verb, with its options and its work.

mod adopt;
mod audit;
mod check;
mod check_config;
pub mod command_line;
mod consume;
mod counters;
mod create_db;
mod dead_letters;
mod dump;
mod extract;
mod import;
mod latest;
mod migrate;
mod names;
pub mod old_names;
mod refresh_view;
mod replay;
mod roles;
mod rules;
mod stats;
mod status;
mod support_bundle;
mod text;
mod times;

use std::path::PathBuf;

use command_line::{Cli, Command};
use service::error_chain;

use crate::config;
use crate::config::environment::{self, Environment};
use crate::config::error::ConfigError;
use crate::config::settings::Config;
use crate::exit::Exit;

/// Does what the command line asks for.
pub fn run(cli: &Cli) -> Exit {
    // The command line goes over the environment, as that goes over the file.
    let rules = cli.rules.clone().or_else(environment::rules_directory);
    let config = || settings(cli, rules.clone()).map_err(|error| Exit::Config(error_chain(&error)));
    // Rule files can be written where there is no configuration to speak of.
    let rules_directory = || match &rules {
        Some(directory) => Ok(Some(directory.clone())),
        None => config().map(|config| config.rules_directory),
    };
    let answer = match &cli.command {
        Command::Consume(options) => config().and_then(|config| consume::run(&config, options)),
        Command::Migrate(options) => config().and_then(|config| migrate::run(&config, options)),
        Command::Check(command) => check::run(config(), command),
        Command::Status(options) => config().and_then(|config| status::run(&config, options)),
        Command::SupportBundle(options) => {
            config().and_then(|config| support_bundle::run(&config, options))
        }
        Command::CheckConfig => config().and_then(|config| check_config::run(&config)),
        Command::Rules(command) => rules::run(command, rules_directory),
        Command::Counters(command) => config().and_then(|config| counters::run(&config, *command)),
        Command::DeadLetters(command) => {
            config().and_then(|config| dead_letters::run(&config, command))
        }
        Command::Extract(options) => config().and_then(|config| extract::run(&config, options)),
        Command::Adopt(options) => config().and_then(|config| adopt::run(&config, options)),
        Command::Audit(options) => config().and_then(|config| audit::run(&config, options)),
        Command::Roles(options) => config().and_then(|config| roles::run(&config, options)),
        Command::CreateDb => config().and_then(|config| create_db::run(&config)),
        Command::Dump(options) => config().and_then(|config| dump::run(&config, options)),
        Command::Import(options) => config().and_then(|config| import::run(&config, options)),
        Command::Replay(options) => config().and_then(|config| replay::run(&config, options)),
        Command::Stats(options) => config().and_then(|config| stats::run(&config, options)),
        Command::Latest(options) => config().and_then(|config| latest::run(&config, options)),
        Command::RefreshView => config().and_then(|config| refresh_view::run(&config)),
    };
    answer.err().unwrap_or(Exit::Clean)
}

/// The settings, with the directory of rules that something else than the file names, if it does.
fn settings(cli: &Cli, rules_directory: Option<PathBuf>) -> Result<Config, ConfigError> {
    let read = Environment::read(cli.config.as_deref())?;
    let environment = Environment {
        rules_directory: rules_directory.or(read.rules_directory),
        ..read
    };
    let config = config::load(cli.config.as_deref(), &environment)?;
    service::log::set(config.log.as_deref());
    Ok(config)
}
