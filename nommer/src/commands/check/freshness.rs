//! `nommer check freshness`

use std::path::PathBuf;

use archive::{ConnectionOptions, StoreError, migration};
use clap::Args;
use service::error_chain;

use super::verdict::{Grade, Verdict};
use crate::commands::audit::finding::Finding;
use crate::commands::audit::silent;
use crate::config::settings::Config;
use crate::database;
use crate::expected::Expected;

/// What is expected.
#[derive(Clone, Debug, Args)]
pub struct FreshnessOptions {
    /// How old the latest message of a category or a topic may be, as for `audit`: a TOML file. Without it, the one that the configuration names as `expected`.
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
    /// Look only at what is expected, and at no other's rhythm.
    #[arg(long)]
    only: bool,
}

/// Looks what has been silent for longer than is expected, which is critical, or than its own rhythm.
pub fn check(config: &Config, asked: &FreshnessOptions) -> Verdict {
    let unknown = |reason: String| Verdict::only(Grade::Unknown, reason);
    let expected = match asked.expected.as_deref().map(Expected::read) {
        None => config.expected.clone(),
        Some(Ok(expected)) => expected,
        Some(Err(reason)) => return unknown(reason),
    };
    if asked.only && expected.count() == 0 {
        let told =
            "nothing is expected: name a file by --expected, or as `expected` in the configuration";
        return unknown(told.to_owned());
    }
    let options = match database::options_to_look(config) {
        Ok(options) => options,
        Err(exit) => return unknown(exit.to_string()),
    };
    let mut verdict = Verdict::default();
    if let Err(error) = look(&options, &expected, asked.only, &mut verdict) {
        verdict.tell(Grade::Critical, error_chain(&error));
    }
    verdict.tell(Grade::Ok, "nothing is silent for too long");
    verdict
}

fn look(
    options: &ConnectionOptions,
    expected: &Expected,
    only: bool,
    verdict: &mut Verdict,
) -> Result<(), StoreError> {
    migration::check(options)?;
    let mut silent = [0, 0];
    silent::check_expected(options, expected, &mut |finding: Finding| {
        silent[0] += 1;
        verdict.tell(Grade::Critical, finding.line(false));
    })?;
    if !only {
        silent::check_rhythms(
            &database::to_count(options),
            expected,
            &mut |finding: Finding| {
                silent[1] += 1;
                verdict.tell(Grade::Warning, finding.line(false));
            },
        )?;
    }
    verdict.figure("late", silent[0], None);
    verdict.figure("silent", silent[1], None);
    Ok(())
}
