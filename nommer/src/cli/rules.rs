//! `nommer rules` and what can follow it.

use std::path::PathBuf;

use clap::Subcommand;

/// What to do with rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Look for mistakes in rule files.
    Check {
        /// Files, each by itself, and directories, together with the rules built in [default: the directory in effect,
        /// or the rules built in].
        #[arg(value_name = "DIR|FILE")]
        paths: Vec<PathBuf>,
    },
    /// Say what the rules make of messages, and compare it with what the file expects of them.
    Test {
        /// A file with a message a line, as JSON: topic, headers and body, or topic and msg as in the fedmsg age, and
        /// perhaps the expected answers; - is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Only messages with this schema; may be repeated.
        #[arg(long = "schema", value_name = "NAME", value_delimiter = ',')]
        schemas: Vec<String>,
        /// Show only what differs, and the tally.
        #[arg(long)]
        quiet: bool,
    },
}
