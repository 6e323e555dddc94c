//! The Python suite, run over an archive.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::archives::Archive;
use crate::environment::{Environment, environment};
use crate::hostile;
use crate::support::virtual_environment::target;

/// Has one group of the suite look at an archive, which is only filled where there is a browser. Fails with what was
/// wrong, page by page.
#[track_caller]
pub fn look<'a>(group: &str, arguments: &[&str], archive: impl FnOnce() -> &'a Archive) {
    if let Some(environment) = environment() {
        let archive = archive();
        run(
            environment,
            group,
            arguments,
            json!({"site": archive.grepper.authority, "names": archive.names}),
        );
    }
}

/// Has the suite look at what pages cost, asked of a grepper whose sessions log what they ask the database.
#[track_caller]
pub fn look_at_cost<'a>(archive: impl FnOnce() -> &'a Archive) {
    if let Some(environment) = environment() {
        let archive = archive();
        let (log, database) = archive.log();
        let grepper = archive.told();
        let setup = json!({
            "site": grepper.authority,
            "names": archive.names,
            "log": log,
            "database": database,
        });
        run(environment, "weight", &[], setup);
    }
}

/// Has the suite look at pages of its own, which have every fault.
#[track_caller]
pub fn look_at_itself() {
    if let Some(environment) = environment() {
        run(environment, "itself", &[], json!({"site": "", "names": {}}));
    }
}

#[track_caller]
fn run(environment: &Environment, group: &str, arguments: &[&str], mut setup: Value) {
    setup["chromium"] = json!(environment.chromium);
    setup["texts"] = json!(hostile::TEXTS);
    setup["screenshots"] = json!(target().join("screenshots"));
    let output = Command::new(&environment.python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/suite"))
        .arg(group)
        .args(arguments)
        .env("BROWSER_SETUP", setup.to_string())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python");
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(
        output.status.success(),
        "{group} {arguments:?}:\n{told}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
