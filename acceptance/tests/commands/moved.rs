//! Archives in files, and what is in two archives.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use devstack::{Database, Postgres};
use serde_json::{Value, json};
use simulator::Sample;
use tempfile::TempDir;

use crate::support::rows;
use crate::typed::{Ended, command, run};

/// The first messages of the simulator, in the form in which the Python client writes them.
pub fn samples(count: usize) -> Vec<Value> {
    let form = |sample: Sample| {
        let body: Value = serde_json::from_str(&sample.body).expect("JSON");
        json!({"body": body, "headers": sample.headers, "id": sample.id, "priority": 0, "queue": null, "topic": sample.topic})
    };
    simulator::messages(5).take(count).map(form).collect()
}

/// A line for each.
pub fn lines(messages: &[Value]) -> String {
    messages
        .iter()
        .map(|message| format!("{message}\n"))
        .collect()
}

/// All that is stored of each message but the number of its row, by time and id.
pub fn stored(postgres: &Postgres, database: &Database) -> Vec<String> {
    let names = |table: &str, key: &str| {
        format!(
            "(SELECT array_agg(name ORDER BY name COLLATE \"C\") FROM {table} JOIN {table}_messages t ON t.{key} = {table}.id
              WHERE t.msg_id = m.id AND t.msg_timestamp = m.\"timestamp\")"
        )
    };
    let sql = format!(
        "SELECT msg_id, i, topic, \"timestamp\", certificate, signature, category, agent_name, crypto, source_name,
                source_version, msg, headers, {users}, {packages},
                (SELECT array_agg((s.*)::text ORDER BY (s.*)::text) FROM (
                     SELECT component, subjects FROM message_subjects
                     WHERE msg_id = m.id AND msg_timestamp = m.\"timestamp\") s)
         FROM messages m ORDER BY \"timestamp\", msg_id COLLATE \"C\"",
        users = names("users", "user_id"),
        packages = names("packages", "package_id"),
    );
    rows(postgres, &database.name, &sql)
}

/// How many rows a table has.
pub fn count(postgres: &Postgres, database: &Database, table: &str) -> usize {
    let count = rows(
        postgres,
        &database.name,
        &format!("SELECT count(*) FROM {table}"),
    );
    count[0].parse().expect("a number")
}

/// A folder of files to import.
pub struct Files(TempDir);

impl Files {
    pub fn new() -> Self {
        Self(TempDir::new().expect("a folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), bytes).expect("written");
        self.path(name)
    }
}

/// Imports a file.
pub fn import(database: &Database, file: &Path) -> Ended {
    run(
        &database.url,
        &["nommer", "import", &file.display().to_string()],
    )
}

/// Imports from standard input.
pub fn import_piped(database: &Database, bytes: &[u8]) -> Ended {
    let mut child = command(&database.url, &["nommer", "import"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::scope(|scope| {
        let writing = scope.spawn(move || stdin.write_all(bytes));
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().expect("it ends");
        writing.join().expect("no panic").expect("read to the end");
        Ended {
            code: status.code(),
            stdout,
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    })
}

/// What an import says that took everything.
pub fn sums(stored: usize, duplicates: usize, put_aside: usize) -> String {
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    format!(
        "{stored} message{} stored, {duplicates} duplicate{} recognised, {put_aside} put aside as dead letters\n",
        plural(stored),
        plural(duplicates)
    )
}

/// Asserts that an import took everything.
#[track_caller]
pub fn assert_took(ended: &Ended, stored: usize, duplicates: usize, put_aside: usize) {
    let told = ended.text().lines().last().unwrap_or_default();
    assert_eq!(
        (ended.code, told),
        (Some(0), sums(stored, duplicates, put_aside).trim_end()),
        "{ended:?}"
    );
}
