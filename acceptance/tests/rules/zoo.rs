//! An application that no built-in rule knows, its messages, and a directory with a rule for them.

use std::path::PathBuf;

use devstack::{Database, Postgres};
use tempfile::TempDir;

use crate::support::rows;

pub const SCHEMA: &str = "zoo.lion.fed.v1";
pub const TOPIC: &str = "org.example.prod.zoo.lion.fed";

pub const RULE: &str = "\
[[rule]]
schemas = ['zoo.lion.fed.v1']
usernames = ['keeper', 'helpers']
packages = 'food'
agent_name = 'keeper'
summary = '{{ keeper }} fed the lions'
";

/// A directory of rule files.
pub struct Directory(TempDir);

impl Directory {
    pub fn empty() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    pub fn with_rule() -> Self {
        let directory = Self::empty();
        directory.write(RULE);
        directory
    }

    pub fn write(&self, rules: &str) {
        std::fs::write(self.file(), rules).expect("written");
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join("zoo.toml")
    }

    pub fn path(&self) -> &str {
        self.0.path().to_str().expect("a plain path")
    }
}

/// Archives messages as a nommer without a rule for them does: nobody is known to be concerned.
/// Three at a time share a second.
pub fn archive_unknown(postgres: &Postgres, database: &Database, count: u32) {
    let sql = format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
           SELECT 'zoo-' || n, 0, '{TOPIC}', timestamp '2024-05-01' + n / 3 * interval '1 second', 'zoo',
                  format('{{"keeper": "keeper-%s", "helpers": ["ann", "bob"], "food": "pie-%s"}}', n % 7, n % 5),
                  '{{"fedora_messaging_schema": "{SCHEMA}"}}'
           FROM generate_series(0, {count} - 1) AS n"#
    );
    postgres.run_sql(&database.name, &sql).expect("archived");
}

/// How many users, packages and agents of messages are known.
pub fn known(postgres: &Postgres, database: &Database) -> [u32; 3] {
    [
        "SELECT count(*) FROM users_messages",
        "SELECT count(*) FROM packages_messages",
        "SELECT count(agent_name) FROM messages",
    ]
    .map(|sql| {
        rows(postgres, &database.name, sql)[0]
            .parse()
            .expect("a number")
    })
}
