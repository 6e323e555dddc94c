//! What takes room in a database.

use anyhow::{Context, Result};
use devstack::{Database, Postgres};

/// The bytes of each part, in an order that is always the same.
#[derive(Clone, Debug)]
pub struct Sizes(Vec<(&'static str, f64)>);

/// Names that the statement below answers, and what they stand for.
const PARTS: [(&str, &str); 7] = [
    ("rows", "messages: rows"),
    ("toast", "messages: TOAST"),
    ("indexes", "messages: indexes"),
    ("ties", "users and packages of messages: rows"),
    ("tie_indexes", "users and packages of messages: indexes"),
    ("subjects", "subjects of messages"),
    ("rest", "counters and all else"),
];

impl Sizes {
    /// Of our tables or the incumbent's.
    pub fn of(postgres: &Postgres, database: &Database) -> Result<Self> {
        let sql = "
            WITH tables AS (
                SELECT coalesce(pg_partition_root(oid), oid)::regclass::text AS name, pg_indexes_size(oid) AS indexes,
                       coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0) AS toast,
                       pg_total_relation_size(oid) AS total
                FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace),
            parts AS (
                SELECT CASE name WHEN 'messages' THEN 'rows' WHEN 'users_messages' THEN 'ties'
                       WHEN 'packages_messages' THEN 'ties' WHEN 'message_subjects' THEN 'subjects' ELSE 'rest' END AS part, total - indexes - toast AS bytes
                FROM tables
                UNION ALL
                SELECT CASE name WHEN 'messages' THEN 'toast' ELSE 'rest' END, toast FROM tables
                UNION ALL
                SELECT CASE name WHEN 'messages' THEN 'indexes' WHEN 'users_messages' THEN 'tie_indexes'
                       WHEN 'packages_messages' THEN 'tie_indexes' WHEN 'message_subjects' THEN 'subjects' ELSE 'rest' END, indexes
                FROM tables
                -- The incumbent has none.
                UNION ALL SELECT 'subjects', 0)
            SELECT part, sum(bytes) FROM parts GROUP BY part";
        let answer = postgres.run_sql(&database.name, sql)?;
        let bytes = |part: &str| -> Result<f64> {
            let row = answer
                .lines()
                .find_map(|line| line.strip_prefix(part)?.strip_prefix('|'));
            Ok(row.with_context(|| format!("no size of {part}"))?.parse()?)
        };
        Ok(Self(
            PARTS
                .into_iter()
                .map(|(part, name)| Ok((name, bytes(part)?)))
                .collect::<Result<_>>()?,
        ))
    }

    /// Each part, and last all of them, in bytes a message.
    pub fn per_message(&self, messages: u32) -> Vec<(String, f64)> {
        let parts = self
            .0
            .iter()
            .map(|(name, bytes)| (format!("bytes a message, {name}"), *bytes));
        let total = (
            "bytes a message, all".to_owned(),
            self.0.iter().map(|(_, bytes)| bytes).sum(),
        );
        parts
            .chain([total])
            .map(|(name, bytes)| (name, bytes / f64::from(messages)))
            .collect()
    }
}
