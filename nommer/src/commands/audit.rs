//! `nommer audit`

mod about;
mod backfill;
mod compare;
mod fault;
pub(super) mod finding;
mod gaps;
mod hour;
pub(super) mod own;
mod part;
mod peer;
mod put_aside;
mod receipts;
pub(super) mod silent;
mod with_peer;

use std::path::PathBuf;

use archive::migration;
use clap::Args;
use metadata::Rules;
use service::say;

use self::finding::Finding;
use self::with_peer::PeerOptions;
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;
use crate::expected::Expected;
use crate::words::counted;

/// What to look at.
#[derive(Debug, Args)]
pub struct AuditOptions {
    /// Look at everything, instead of some days: count it, read its subjects by the rules again, and look for users, packages and subjects without a message.
    #[arg(long, conflicts_with = "peer")]
    full: bool,
    /// How old the latest message of a category or a topic may be: a TOML file. Without it, the one that the configuration names as `expected`.
    #[arg(long, value_name = "FILE", conflicts_with = "peer")]
    expected: Option<PathBuf>,
    #[command(flatten)]
    with_peer: PeerOptions,
    /// Tell what is found as JSON, an object a line.
    #[arg(long)]
    json: bool,
}

/// Looks for what is wrong with the archive, or compares it with another one; fails if there is anything.
pub fn run(config: &Config, asked: &AuditOptions) -> Result<(), Exit> {
    match &asked.with_peer.peer {
        Some(peer) => with_peer::run(config, peer, &asked.with_peer, asked.json),
        None => check_own(config, asked),
    }
}

fn check_own(config: &Config, asked: &AuditOptions) -> Result<(), Exit> {
    let expected = match &asked.expected {
        Some(file) => Expected::read(file).map_err(Exit::Config)?,
        None => config.expected.clone(),
    };
    let rules = Rules::load(config.rules_directory.as_deref())?;
    let options = database::options_to_read(config)?;
    migration::check(&options)?;
    let mut findings = 0;
    let mut tell = |finding: Finding| {
        findings += 1;
        say(finding.line(asked.json));
    };
    own::check(&options, &options, &rules, asked.full, &mut tell).map_err(|fault| fault.error)?;
    silent::check_expected(&options, &expected, &mut tell)?;
    silent::check_rhythms(&options, &expected, &mut tell)?;
    match findings {
        0 => {
            if !asked.json {
                say("nothing is wrong");
            }
            Ok(())
        }
        found => Err(Exit::Failed(counted(found, "finding"))),
    }
}
