//! What to ask for: found by counting in the archive itself.

use anyhow::{Context, Result};
use devstack::{Database, Postgres};

use crate::progress;

/// Values for the parameters of requests, the busiest first.
#[derive(Clone, Debug)]
pub struct Names {
    pub topics: Vec<String>,
    pub rare_topics: Vec<String>,
    pub categories: Vec<String>,
    pub users: Vec<String>,
    pub rare_users: Vec<String>,
    pub packages: Vec<String>,
    /// Builds, as subjects, from everywhere.
    pub builds: Vec<String>,
    /// Message ids from everywhere.
    pub ids: Vec<String>,
    /// How many messages there are.
    pub total: usize,
    /// When the newest was sent, in seconds since 1970.
    pub newest: i64,
}

impl Names {
    pub fn of(postgres: &Postgres, database: &Database) -> Result<Self> {
        let bar = progress::bar("choosing what to ask for", 10);
        let list = |sql: &str| -> Result<Vec<String>> {
            bar.inc(1);
            Ok(postgres
                .run_sql(&database.name, sql)?
                .lines()
                .map(str::to_owned)
                .collect())
        };
        let number = |sql: &str| -> Result<i64> {
            bar.inc(1);
            postgres
                .run_sql(&database.name, sql)?
                .parse()
                .with_context(|| sql.to_owned())
        };
        let column = |column: &str, order: &str, limit: u32| {
            list(&format!(
                "SELECT {column} FROM messages GROUP BY 1 ORDER BY count(*) {order}, 1 LIMIT {limit}"
            ))
        };
        let associated = |table: &str, key: &str, order: &str| {
            list(&format!(
                "SELECT name FROM {table} JOIN {table}_messages ON {key} = {table}.id
                 GROUP BY 1 ORDER BY count(*) {order}, 1 LIMIT 20"
            ))
        };
        let names = Self {
            topics: column("topic", "DESC", 10)?,
            rare_topics: column("topic", "ASC", 10)?,
            categories: column("category", "DESC", 5)?,
            users: associated("users", "user_id", "DESC")?,
            rare_users: associated("users", "user_id", "ASC")?,
            packages: associated("packages", "package_id", "DESC")?,
            builds: list(
                "SELECT concat('nvr:', msg::json ->> 'name', '-', msg::json ->> 'version', '-', msg::json ->> 'release')
                 FROM messages WHERE topic LIKE '%.buildsys.tag' ORDER BY md5(msg_id) LIMIT 200",
            )?,
            ids: list("SELECT msg_id FROM messages ORDER BY md5(msg_id) LIMIT 1000")?,
            total: number("SELECT count(*) FROM messages")?.try_into()?,
            newest: number(
                "SELECT ceil(extract(epoch FROM max(\"timestamp\")))::bigint FROM messages",
            )?,
        };
        bar.finish_and_clear();
        Ok(names)
    }
}
