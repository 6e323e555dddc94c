//! The environment that programs get here, whoever starts them.
//!
//! It is a list of what they may see and not of what they must not: a setting that a
//! program learns tomorrow is kept away from it already.

use std::ffi::OsStr;
use std::process::Command;

/// What is left of the caller's environment: where programs, libraries, files and the
/// language are, and where a measurement of coverage goes. None of it is a setting of ours
/// or of PostgreSQL's client library.
const KEPT: [&str; 8] = [
    "PATH",
    "LD_LIBRARY_PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LLVM_PROFILE_FILE",
];

/// Keeps from `command` all variables of the calling process that are not in a short list, such as
/// `GREPPER_POOL_SIZE`, `NOMMER_RULES`, `DATABASE_URL`, `PGOPTIONS`, `RUST_LOG` and `TZ`.
///
/// Variables are removed one by one, as [`devstack::Process::spawn`] asks for it; set others afterwards.
pub fn clean(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if !KEPT.iter().any(|kept| OsStr::new(kept) == name) {
            command.env_remove(name);
        }
    }
    command
}
