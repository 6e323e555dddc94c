//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::counters::CountersCommand;
use super::dead_letters::DeadLettersCommand;
use super::dump::DumpOptions;
use super::extract::options::ExtractOptions;
use super::latest::LatestOptions;
use super::migrate::MigrateOptions;
use super::rules::RulesCommand;
use super::stats::StatsOptions;
use crate::exit::EXIT_CODES;

/// Listens to an AMQP bus and archives every message in PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "nommer", version, after_help = EXIT_CODES)]
pub struct Cli {
    /// The configuration file of fedora-messaging [default: /etc/fedora-messaging/config.toml].
    #[arg(
        short,
        long,
        visible_alias = "conf",
        global = true,
        value_name = "FILE"
    )]
    pub config: Option<PathBuf>,
    /// A directory of rule files over those built in [default: NOMMER_RULES in the environment, or rules_directory in
    /// the configuration file].
    #[arg(long, global = true, value_name = "DIR")]
    pub rules: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Consume messages and archive them, until SIGTERM or SIGINT. SIGHUP reads the rules again.
    Consume,
    /// Bring the database to the schema that this version knows.
    Migrate(MigrateOptions),
    /// Check the configuration and show what is in effect, without passwords.
    CheckConfig,
    /// Check rule files, or try rules on messages.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Prove or mend the counters that totals are looked up in.
    #[command(subcommand)]
    Counters(CountersCommand),
    /// Look at deliveries that could not be archived, store them after all, or discard them.
    #[command(subcommand)]
    DeadLetters(DeadLettersCommand),
    /// Ask the rules again about archived messages, and add what they did not know before.
    Extract(ExtractOptions),
    /// Make the tables: what `migrate` does, as datanommer-create-db says it.
    CreateDb,
    /// Write messages as they were on the bus, oldest first.
    Dump(DumpOptions),
    /// Tell how many messages there are of each category, or of each topic.
    Stats(StatsOptions),
    /// Tell the latest message of each category, or of what is asked for, as JSON.
    Latest(LatestOptions),
    /// Bring the view of the topics of the last year, recent_topics, up to date.
    RefreshView,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_file_may_be_named_before_or_after_the_command() {
        for arguments in [
            ["-c", "f", "consume"],
            ["consume", "--config", "f"],
            ["--conf", "f", "consume"],
        ] {
            let cli = Cli::try_parse_from(["nommer"].into_iter().chain(arguments)).expect("valid");
            assert_eq!(cli.config, Some(PathBuf::from("f")));
        }
    }
}
