//! A data folder made by initdb once, from which each server gets a copy: initdb
//! takes a second, the copy a few hundredths.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::fcntl::{Flock, FlockArg};

use crate::account::{self, Account};

/// The superuser of every server; needs no password from this machine.
pub(crate) const SUPERUSER: &str = "postgres";

/// Copies the template to `data`, which must not exist. Makes the template first,
/// next to the folder `data` is in, when there is none yet.
pub(crate) fn copy_to(data: &Path, programs: &Path, account: Option<Account>) -> Result<()> {
    let base = data
        .ancestors()
        .nth(2)
        .context("the data folder has a grandparent")?;
    let template = template_in(base, programs, account)?;
    let mut copy = Command::new("cp");
    // As ourselves: root keeps the account's ownership.
    run(copy.args(["-a", "--reflink=auto"]).arg(&template).arg(data))
}

fn template_in(base: &Path, programs: &Path, account: Option<Account>) -> Result<PathBuf> {
    let version = version(programs)?;
    let user = if account.is_some() { "dropped" } else { "own" };
    let template = base.join(format!("template-postgres-{version}-{user}"));
    if template.is_dir() {
        return Ok(template);
    }
    let lock = template.with_extension("lock");
    let lock = File::create(&lock).with_context(|| format!("creating {}", lock.display()))?;
    // Released with the file, thus also when we are killed.
    let _lock = Flock::lock(lock, FlockArg::LockExclusive)
        .map_err(|(_, error)| error)
        .context("waiting for the template's lock")?;
    if template.is_dir() {
        return Ok(template);
    }
    let unfinished = tempfile::Builder::new()
        .prefix("initdb-")
        .tempdir_in(base)?;
    account::own(account, unfinished.path())?;
    let data = unfinished.path().join("data");
    let mut initdb = Command::new(programs.join("initdb"));
    initdb
        .args(["--username", SUPERUSER, "--auth=trust"])
        .args(["--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg("-D")
        .arg(&data)
        .current_dir("/");
    account::assume(account, &mut initdb);
    run(&mut initdb)?;
    fs::rename(&data, &template).context("putting the template in its place")?;
    Ok(template)
}

/// The version as `postgres --version` tells it, fit for a file name.
fn version(programs: &Path) -> Result<String> {
    let mut command = Command::new(programs.join("postgres"));
    let output = command
        .arg("--version")
        .output()
        .context("running postgres --version")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text
        .split_whitespace()
        .nth(2)
        .context("an unknown version of postgres")?;
    Ok(version.replace(|c: char| !c.is_ascii_alphanumeric(), "_"))
}

/// Runs `command` to its end; the error holds what it wrote.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("starting {name}"))?;
    if !output.status.success() {
        bail!(
            "{name} failed: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}
