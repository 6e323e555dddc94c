//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::adopt::AdoptOptions;
use super::audit::AuditOptions;
use super::check::CheckCommand;
use super::consume::ConsumeOptions;
use super::counters::CountersCommand;
use super::dead_letters::DeadLettersCommand;
use super::dump::DumpOptions;
use super::extract::options::ExtractOptions;
use super::import::ImportOptions;
use super::latest::LatestOptions;
use super::migrate::MigrateOptions;
use super::replay::options::ReplayOptions;
use super::roles::RolesOptions;
use super::rules::RulesCommand;
use super::stats::StatsOptions;
use super::status::StatusOptions;
use super::support_bundle::BundleOptions;
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
    /// Consume messages and archive them, until SIGTERM or SIGINT. SIGHUP reads the rules and the levels of the log
    /// again.
    Consume(ConsumeOptions),
    /// Bring the database to the schema that this version knows.
    Migrate(MigrateOptions),
    /// Make the roles that use the database, and give them what they need and no more.
    Roles(RolesOptions),
    /// Say in a line how a part of it is, and end with 0 (OK), 1 (WARNING), 2 (CRITICAL) or 3 (UNKNOWN).
    #[command(subcommand)]
    Check(CheckCommand),
    /// Show on one screen how nommer, its queues and the archive fare. Ends with 1 if anything is wrong.
    Status(StatusOptions),
    /// Gather what somebody who helps from afar wants to see into an archive of tar, without passwords and messages.
    SupportBundle(BundleOptions),
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
    /// Take over the archive of a datanommer, while both are in use, and verify that all of it is here.
    Adopt(AdoptOptions),
    /// Look for what is wrong with the archive. Ends with 1 if anything is.
    Audit(AuditOptions),
    /// Make the tables: what `migrate` does, as datanommer-create-db says it.
    CreateDb,
    /// Write messages as they were on the bus, oldest first.
    Dump(DumpOptions),
    /// Store the messages of dumps, records of the bus, answers of the API and other files that have messages as JSON.
    Import(ImportOptions),
    /// Publish archived messages again, oldest first.
    Replay(Box<ReplayOptions>),
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
