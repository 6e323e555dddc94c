//! `nommer check archive`

use metadata::Rules;
use service::error_chain;

use super::verdict::{Grade, Verdict};
use crate::commands::audit::finding::Finding;
use crate::commands::audit::own;
use crate::config::settings::Config;
use crate::database;

/// What an audit of the archive alone finds, but for what is silent.
pub fn check(config: &Config) -> Verdict {
    let options = match database::options_to_look(config) {
        Ok(options) => options,
        Err(exit) => return Verdict::only(Grade::Unknown, exit.to_string()),
    };
    if let Err(error) = ::archive::migration::check(&options) {
        return Verdict::only(Grade::Critical, error_chain(&error));
    }
    let rules = match Rules::load(config.rules_directory.as_deref()) {
        Ok(rules) => rules,
        Err(error) => return Verdict::only(Grade::Unknown, error_chain(&error)),
    };
    let mut verdict = Verdict::default();
    let mut found = 0;
    let mut tell = |finding: Finding| {
        found += 1;
        let grade = match finding.check {
            // What comes next gets a number that is taken.
            "sequence" => Grade::Critical,
            _ => Grade::Warning,
        };
        verdict.tell(grade, finding.line(false));
    };
    let to_count = database::to_count(&options);
    if let Err(fault) = own::check(&options, &to_count, &rules, false, &mut tell) {
        verdict.tell(Grade::Critical, fault.to_string());
    }
    verdict.tell(Grade::Ok, "nothing is wrong");
    verdict.figure("findings", found, None);
    verdict
}
