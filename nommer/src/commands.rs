//! What the program can be asked to do.

mod check_config;
mod consume;
mod migrate;

use crate::cli::{Cli, Command};
use crate::config::{self, Config, Environment, Secret};
use crate::exit::{Exit, chain};

/// Does it.
pub fn run(cli: &Cli) -> Exit {
    let config = match config::load(cli.config.as_deref(), &Environment::read()) {
        Ok(config) => config,
        Err(error) => return Exit::Config(chain(&error)),
    };
    let answer = match &cli.command {
        Command::Consume => consume::run(&config),
        Command::Migrate { rollback } => migrate::run(&config, *rollback),
        Command::CheckConfig => check_config::run(&config),
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
