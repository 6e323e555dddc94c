//! Which PostgreSQL there are: the distribution's, and those that `./install --postgres` fetched.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::locate::{has, newest_first};

/// The server's programs of a major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresVersion {
    /// 15, for example.
    pub major: u32,
    /// The folder that has `postgres` and `initdb`, and perhaps nothing else.
    pub programs: PathBuf,
}

/// The major versions that are there, oldest first; the distribution's programs where both are, as they are more.
pub fn postgres_versions() -> Vec<PostgresVersion> {
    let mut found = BTreeMap::new();
    for (parent, prefix) in places() {
        for programs in newest_first(&parent, prefix, "bin") {
            let folder = programs.parent().and_then(Path::file_name);
            let number = folder.and_then(|name| name.to_str()?.strip_prefix(prefix)?.parse().ok());
            if let Some(major) = number
                && has(&programs, &["postgres", "initdb"])
            {
                found.entry(major).or_insert(programs);
            }
        }
    }
    let versions = found.into_iter();
    versions
        .map(|(major, programs)| PostgresVersion { major, programs })
        .collect()
}

fn places() -> [(PathBuf, &'static str); 3] {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/postgres");
    // Without the `..`, which another account may not pass.
    let fetched = fs::canonicalize(&fetched).unwrap_or(fetched);
    [
        ("/usr/lib/postgresql".into(), ""),
        ("/usr".into(), "pgsql-"),
        (fetched, ""),
    ]
}
