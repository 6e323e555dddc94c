//! Whether the database is fit for who reads: it has what this program knows, and lets it be read.

use diesel::dsl::sql;
use diesel::migration::MigrationVersion;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};

use crate::database::migration;
use crate::error::StoreError;

/// All that a reader reads, as `docs/grants.sql` grants it.
const READ: [&str; 9] = [
    MIGRATIONS,
    "messages",
    "users",
    "packages",
    "users_messages",
    "packages_messages",
    "message_subjects",
    "counters",
    "counter_notes",
];
/// The table of the migrations that are applied.
const MIGRATIONS: &str = "__diesel_schema_migrations";

/// What there is and may be read, as the catalogue tells: of all tables only that of the migrations is
/// read, so nobody waits for who locks the others.
pub(super) struct Fitness {
    /// Names in [`READ`] that lead to nothing.
    missing: Vec<String>,
    /// Names in [`READ`] of what is there and may not be read.
    closed: Vec<String>,
    /// A schema with our tables that may not be used, so that they cannot be seen.
    closed_schema: Option<String>,
    /// The migrations that are applied; `None` if that may not be read.
    applied: Option<Vec<MigrationVersion<'static>>>,
}

#[derive(QueryableByName)]
struct Unread {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_missing: bool,
}

impl Fitness {
    /// Asks the database.
    pub(super) fn of(connection: &mut PgConnection) -> QueryResult<Self> {
        let unread: Vec<Unread> = diesel::sql_query(
            "SELECT name, to_regclass(name) IS NULL AS is_missing FROM unnest($1) AS name
             WHERE has_table_privilege(to_regclass(name), 'SELECT') IS NOT TRUE",
        )
        .bind::<Array<Text>, _>(READ.as_slice())
        .load(connection)?;
        let names = |is_missing: bool| -> Vec<String> {
            let those = unread.iter().filter(|one| one.is_missing == is_missing);
            those.map(|one| one.name.clone()).collect()
        };
        let (missing, closed) = (names(true), names(false));
        Ok(Self {
            closed_schema: match missing.is_empty() {
                true => None,
                false => closed_schema(connection)?,
            },
            applied: match closed.iter().any(|name| name == MIGRATIONS) {
                true => None,
                false => Some(migration::applied(connection)?),
            },
            missing,
            closed,
        })
    }

    /// Fails with [`StoreError::Rights`] or [`StoreError::Schema`], saying what to do, unless all is
    /// there and may be read.
    pub(super) fn judge(&self) -> Result<(), StoreError> {
        if let Some(schema) = &self.closed_schema {
            return Err(StoreError::Rights(format!("use the schema {schema}")));
        }
        if let Some(applied) = &self.applied {
            migration::refuse_old_schema(applied)?;
        }
        if !self.closed.is_empty() {
            return Err(StoreError::Rights(format!(
                "read {}",
                self.closed.join(", ")
            )));
        }
        match self.missing.is_empty() {
            true => Ok(()),
            false => Err(StoreError::Schema(format!(
                "the database lacks {}, although its migrations are applied: somebody dropped that",
                self.missing.join(", ")
            ))),
        }
    }
}

/// Told by a table whose name is ours alone.
fn closed_schema(connection: &mut PgConnection) -> QueryResult<Option<String>> {
    let schema = "(SELECT relnamespace::regnamespace::text FROM pg_class
                   WHERE relname = 'counter_changes' AND NOT has_schema_privilege(relnamespace, 'USAGE') LIMIT 1)";
    diesel::select(sql::<Nullable<Text>>(schema)).get_result(connection)
}
