//! Fills tables without what slows that down: indexes, constraints and triggers go first and come
//! back afterwards, whatever they are.

use anyhow::Result;
use devstack::{Database, Postgres};

use crate::progress;

/// The tables that are filled.
pub const TABLES: [&str; 3] = ["messages", "users_messages", "packages_messages"];

/// What was taken from the tables, as statements that give it back.
pub struct Bare<'a> {
    postgres: &'a Postgres,
    database: &'a Database,
    restore: Vec<String>,
}

impl<'a> Bare<'a> {
    /// Takes all indexes, constraints and triggers from the tables.
    pub fn make(postgres: &'a Postgres, database: &'a Database) -> Result<Self> {
        let list = |sql: &str| -> Result<Vec<String>> {
            let sql = sql.replace(
                "$tables",
                &format!("ANY ('{{{}}}'::regclass[])", TABLES.join(",")),
            );
            Ok(postgres
                .run_sql(&database.name, &sql)?
                .lines()
                .map(str::to_owned)
                .collect())
        };
        // Partitions follow their parents. Foreign keys go first, and last come back.
        let constraints =
            "FROM pg_constraint WHERE conparentid = 0 AND contype IN ('p', 'u', 'x', 'f')
                           AND (conrelid = $tables OR confrelid = $tables) ORDER BY contype = 'f'";
        let indexes = "FROM pg_index WHERE indrelid = $tables
                       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype <> 'f')
                       ORDER BY indexrelid";
        let triggers =
            "FROM pg_trigger WHERE tgrelid = $tables AND NOT tgisinternal AND tgparentid = 0
                        AND tgenabled = 'O'";
        let take = [
            format!(
                "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) {constraints} DESC"
            ),
            format!("SELECT format('DROP INDEX %s', indexrelid::regclass) {indexes}"),
            // Not only disabled: a trigger that sees all new rows makes PostgreSQL write them aside even so.
            format!("SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) {triggers}"),
        ];
        let restore = [
            // Of a partitioned table the definition says ONLY, which would leave its partitions without.
            format!("SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') {indexes}"),
            format!(
                "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                               pg_get_constraintdef(oid)) {constraints}"
            ),
            format!("SELECT pg_get_triggerdef(oid) {triggers}"),
        ];
        let all = |queries: &[String]| -> Result<Vec<String>> {
            Ok(queries
                .iter()
                .map(|sql| list(sql))
                .collect::<Result<Vec<_>>>()?
                .concat())
        };
        // Both before anything is taken away.
        let (take, restore) = (all(&take)?, all(&restore)?);
        postgres.run_sql(&database.name, &take.join(";\n"))?;
        Ok(Self {
            postgres,
            database,
            restore,
        })
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
