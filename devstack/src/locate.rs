//! Finds the programs of PostgreSQL and RabbitMQ.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

const ADVICE: &str = "run `./install` at the top of the workspace, or install it yourself: \
     `apt-get install postgresql rabbitmq-server` (Debian, Ubuntu), \
     `dnf install postgresql-server rabbitmq-server` (Fedora)";

/// The folder of PostgreSQL's server programs: `DEVSTACK_PG_BIN` if set, else the
/// newest version the distribution installed, else wherever PATH has them.
pub(crate) fn postgres() -> Result<PathBuf> {
    let mut folders = newest_first("/usr/lib/postgresql", "", "bin");
    folders.extend(newest_first("/usr", "pgsql-", "bin"));
    find(
        "DEVSTACK_PG_BIN",
        "PostgreSQL",
        &["postgres", "initdb"],
        folders,
    )
}

/// The folder of RabbitMQ's own scripts, `DEVSTACK_RABBITMQ_BIN` if set. The ones
/// in /usr/sbin come last: they insist on changing to user rabbitmq.
pub(crate) fn rabbitmq() -> Result<PathBuf> {
    let mut folders = vec![PathBuf::from("/usr/lib/rabbitmq/bin")];
    folders.extend(newest_first(
        "/usr/lib/rabbitmq/lib",
        "rabbitmq_server-",
        "sbin",
    ));
    folders.extend(newest_first("/opt/rabbitmq", "rabbitmq_server-", "sbin"));
    folders.push(PathBuf::from("/opt/rabbitmq/sbin"));
    let scripts = ["rabbitmq-server", "rabbitmqctl"];
    find("DEVSTACK_RABBITMQ_BIN", "RabbitMQ", &scripts, folders)
}

/// A program that stands in `folder` or else somewhere in PATH.
pub(crate) fn program(folder: &Path, name: &str) -> Result<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    folders.extend(usual_folders());
    match folders.iter().find(|folder| has(folder, &[name])) {
        Some(folder) => Ok(folder.join(name)),
        None => bail!("{name} is not installed: {ADVICE}"),
    }
}

fn find(
    variable: &str,
    product: &str,
    programs: &[&str],
    mut folders: Vec<PathBuf>,
) -> Result<PathBuf> {
    if let Some(folder) = env::var_os(variable).map(PathBuf::from) {
        if has(&folder, programs) {
            return Ok(folder);
        }
        bail!(
            "{variable} is {}, which lacks {}",
            folder.display(),
            programs.join(" or ")
        );
    }
    folders.extend(usual_folders());
    match folders.into_iter().find(|folder| has(folder, programs)) {
        Some(folder) => Ok(folder),
        None => bail!(
            "the {product} server is not installed: {ADVICE}. Set {variable} if it is elsewhere"
        ),
    }
}

pub(crate) fn has(folder: &Path, programs: &[&str]) -> bool {
    programs.iter().all(|name| folder.join(name).is_file())
}

fn usual_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = ["/usr/bin", "/usr/local/bin", "/usr/sbin"]
        .map(PathBuf::from)
        .into();
    if let Some(path) = env::var_os("PATH") {
        folders.extend(env::split_paths(&path));
    }
    folders
}

/// `<parent>/<prefix><version>/<inner>` for all versions there are, newest first.
pub(crate) fn newest_first(parent: impl AsRef<Path>, prefix: &str, inner: &str) -> Vec<PathBuf> {
    let mut versions: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(prefix)?;
            let numbers: Result<_, _> = version.split('.').map(str::parse).collect();
            Some((numbers.ok()?, entry.path().join(inner)))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, path)| path).collect()
}
