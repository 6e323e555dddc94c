//! What the program can be asked to do.

mod check_config;
mod consume;
mod counters;
mod extract;
mod migrate;
mod rules_check;
mod rules_test;

use metadata::Faults;

use crate::cli::{Cli, Command, RulesCommand};
use crate::config::{self, Config, Environment, Secret};
use crate::exit::{Exit, chain};

/// Does it.
pub fn run(cli: &Cli) -> Exit {
    let mut environment = Environment::read();
    // The command line goes over the environment, as that goes over the file.
    environment.rules_directory = cli.rules.clone().or(environment.rules_directory);
    let config = || {
        config::load(cli.config.as_deref(), &environment)
            .map_err(|error| Exit::Config(chain(&error)))
    };
    // Rule files can be written where there is no configuration to speak of.
    let rules_directory = || match &environment.rules_directory {
        Some(directory) => Ok(Some(directory.clone())),
        None => config().map(|config| config.rules_directory),
    };
    let answer = match &cli.command {
        Command::Consume => config().and_then(|config| consume::run(&config)),
        Command::Migrate { rollback } => {
            config().and_then(|config| migrate::run(&config, *rollback))
        }
        Command::CheckConfig => config().and_then(|config| check_config::run(&config)),
        Command::Rules(RulesCommand::Check { paths }) => rules_check::run(paths, rules_directory),
        Command::Rules(RulesCommand::Test {
            file,
            schemas,
            quiet,
        }) => rules_directory()
            .and_then(|directory| rules_test::run(file, directory.as_deref(), schemas, *quiet)),
        Command::Counters(command) => config().and_then(|config| counters::run(&config, *command)),
        Command::Extract(extract) => config().and_then(|config| extract::run(&config, extract)),
    };
    answer.err().unwrap_or(Exit::Clean)
}

fn database_url(config: &Config) -> Result<&Secret, Exit> {
    config.database_url.as_ref().ok_or_else(|| {
        Exit::Failed(
            "there is no database: set DATABASE_URL or datanommer_sqlalchemy_url in [consumer_config]".to_owned(),
        )
    })
}

/// How to end where rules have mistakes: their lines go to standard error as they are.
fn faulty(Faults(faults): Faults) -> Exit {
    for fault in &faults {
        eprintln!("{fault}");
    }
    let mistakes = if faults.len() == 1 {
        "mistake"
    } else {
        "mistakes"
    };
    Exit::Config(format!("{} {mistakes} in the rules", faults.len()))
}
