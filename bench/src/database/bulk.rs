//! Fills tables without what slows that down: indexes, constraints and triggers go first and come
//! back afterwards, whatever they are.

use anyhow::Result;
use devstack::{Database, Postgres};

use crate::progress;

/// The tables that are filled.
pub const TABLES: [&str; 4] = [
    "messages",
    "users_messages",
    "packages_messages",
    "message_subjects",
];

/// What was taken from the tables, as statements that give it back.
pub struct Bare<'a> {
    postgres: &'a Postgres,
    database: &'a Database,
    restore: Vec<String>,
}

/// Partitions follow their parents. Foreign keys go first, and come back last.
const CONSTRAINTS: &str =
    "FROM pg_constraint WHERE conparentid = 0 AND contype IN ('p', 'u', 'x', 'f')
     AND (conrelid = $tables OR confrelid = $tables) ORDER BY contype = 'f'";
const INDEXES: &str = "FROM pg_index WHERE indrelid = $tables
     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
     ORDER BY indexrelid";
const TRIGGERS: &str =
    "FROM pg_trigger WHERE tgrelid = $tables AND NOT tgisinternal AND tgparentid = 0
     AND tgenabled = 'O'";

impl<'a> Bare<'a> {
    /// Takes all indexes, constraints and triggers from the tables.
    pub fn make(postgres: &'a Postgres, database: &'a Database) -> Result<Self> {
        let take = [
            format!(
                "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) {CONSTRAINTS} DESC"
            ),
            format!("SELECT format('DROP INDEX %s', indexrelid::regclass) {INDEXES}"),
            // Not only disabled: a trigger that sees all new rows makes PostgreSQL write them aside even so.
            format!("SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) {TRIGGERS}"),
        ];
        let restore = [
            // Of a partitioned table the definition says ONLY, which would leave its partitions without.
            format!("SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') {INDEXES}"),
            format!(
                "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                               pg_get_constraintdef(oid)) {CONSTRAINTS}"
            ),
            format!("SELECT pg_get_triggerdef(oid) {TRIGGERS}"),
        ];
        let mut bare = Self {
            postgres,
            database,
            restore: Vec::new(),
        };
        // Both before anything is taken away.
        let take = bare.written_by(&take)?;
        bare.restore = bare.written_by(&restore)?;
        postgres.run_sql(&database.name, &take.join(";\n"))?;
        Ok(bare)
    }

    /// The statements that queries answer, one a row.
    fn written_by(&self, queries: &[String]) -> Result<Vec<String>> {
        let tables = format!("ANY ('{{{}}}'::regclass[])", TABLES.join(","));
        let mut statements = Vec::new();
        for sql in queries {
            let sql = sql.replace("$tables", &tables);
            let rows = self.postgres.run_sql(&self.database.name, &sql)?;
            statements.extend(rows.lines().map(str::to_owned));
        }
        Ok(statements)
    }

    /// Gives everything back.
    pub fn restore(self) -> Result<()> {
        let bar = progress::bar("indexing", self.restore.len() as u64);
        for statement in &self.restore {
            self.postgres.run_sql(&self.database.name, statement)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }
}
