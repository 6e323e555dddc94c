//! What the program can be asked to do: a file for each verb, with its options and its work.

mod check_config;
pub mod command_line;
mod consume;
mod counters;
mod create_db;
mod dead_letters;
mod dump;
mod extract;
mod latest;
mod migrate;
pub mod old_names;
mod refresh_view;
mod rules;
mod stats;
mod text;

use command_line::{Cli, Command};
use service::error_chain;

use crate::config;
use crate::config::environment::Environment;
use crate::exit::Exit;

/// Does what the command line asks for.
pub fn run(cli: &Cli) -> Exit {
    let mut environment = Environment::read();
    // The command line goes over the environment, as that goes over the file.
    environment.rules_directory = cli.rules.clone().or(environment.rules_directory);
    let config = || {
        config::load(cli.config.as_deref(), &environment)
            .map_err(|error| Exit::Config(error_chain(&error)))
    };
    // Rule files can be written where there is no configuration to speak of.
    let rules_directory = || match &environment.rules_directory {
        Some(directory) => Ok(Some(directory.clone())),
        None => config().map(|config| config.rules_directory),
    };
    let answer = match &cli.command {
        Command::Consume => config().and_then(|config| consume::run(&config)),
        Command::Migrate(options) => config().and_then(|config| migrate::run(&config, options)),
        Command::CheckConfig => config().and_then(|config| check_config::run(&config)),
        Command::Rules(command) => rules::run(command, rules_directory),
        Command::Counters(command) => config().and_then(|config| counters::run(&config, *command)),
        Command::DeadLetters(command) => {
            config().and_then(|config| dead_letters::run(&config, command))
        }
        Command::Extract(options) => config().and_then(|config| extract::run(&config, options)),
        Command::CreateDb => config().and_then(|config| create_db::run(&config)),
        Command::Dump(options) => config().and_then(|config| dump::run(&config, options)),
        Command::Stats(options) => config().and_then(|config| stats::run(&config, options)),
        Command::Latest(options) => config().and_then(|config| latest::run(&config, options)),
        Command::RefreshView => config().and_then(|config| refresh_view::run(&config)),
    };
    answer.err().unwrap_or(Exit::Clean)
}
