//! `nommer check certificates`

use chrono::{DateTime, Utc};
use clap::Args;

use super::verdict::{Grade, Thresholds, Verdict, limit};
use crate::bus::certificates::{self, Ending};
use crate::config::settings::Config;
use crate::words::counted;

/// How long certificates should be valid yet.
#[derive(Clone, Copy, Debug, Args)]
pub struct CertificateOptions {
    /// With how many days left somebody should look soon.
    #[arg(long, value_name = "DAYS", value_parser = limit, allow_negative_numbers = true, default_value_t = 30)]
    warning: u64,
    /// With how many days left somebody should look now.
    #[arg(long, value_name = "DAYS", value_parser = limit, allow_negative_numbers = true, default_value_t = 7)]
    critical: u64,
}

impl CertificateOptions {
    /// Of the days that are left.
    fn left(self) -> Thresholds {
        Thresholds::Below(self.warning, self.critical)
    }

    /// What is wrong with them.
    pub fn fault(self) -> Option<String> {
        self.left().fault(["--warning", "--critical"])
    }
}

/// Looks how long the certificates of the connection to the broker are valid yet.
pub fn check(config: &Config, asked: CertificateOptions) -> Verdict {
    let mut verdict = Verdict::default();
    let all = certificates::look(&config.broker);
    if all.is_empty() {
        verdict.tell(Grade::Ok, "the connection to the broker is not encrypted");
    }
    for found in all {
        match found {
            Ok(ending) => tell(&ending, asked, Utc::now(), &mut verdict),
            Err(reason) => verdict.tell(Grade::Critical, reason),
        }
    }
    verdict
}

fn tell(ending: &Ending, asked: CertificateOptions, now: DateTime<Utc>, verdict: &mut Verdict) {
    let left = (ending.end - now).num_days();
    let at_least = left.max(0).unsigned_abs();
    let limits = asked.left();
    let Ending {
        owner,
        subject,
        end,
    } = ending;
    let is_over = *end <= now;
    let grade = match is_over {
        true => Grade::Critical,
        false => limits.grade(at_least),
    };
    let ends = if is_over { "ended" } else { "ends" };
    let days = counted(left.unsigned_abs(), "day");
    let when = if is_over {
        format!("{days} ago")
    } else {
        format!("in {days}")
    };
    verdict.tell(
        grade,
        format!(
            "certificate of {} ({subject}) {ends} {when}, {}",
            owner.word(),
            end.format("%Y-%m-%d %H:%M UTC")
        ),
    );
    let name = format!("{} days", owner.word());
    verdict.figure(&name, at_least, Some(limits));
}
