//! What applying the migrations would do, without doing it.

use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::database::connection::{self, ConnectionOptions};
use crate::database::effects::{EFFECTS, Effect};
use crate::database::migration::{MIGRATIONS, applied, refuse_foreign_schema, refuse_new_schema};
use crate::error::StoreError;

/// What applying a migration would do to tables that are there.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedMigration {
    /// Its name.
    pub name: String,
    /// Tables that nobody else reads or writes from its first lock to its end.
    pub closed: Vec<&'static str>,
    /// Tables that nobody else writes meanwhile.
    pub read_only: Vec<&'static str>,
    /// What takes the longer the more there is; without it, it is done in a moment.
    pub work: Option<PlannedWork>,
}

/// Work on all rows of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedWork {
    /// The table.
    pub table: &'static str,
    /// How many rows it has, as the server estimates.
    pub rows: u64,
    /// Its size with indexes.
    pub bytes: u64,
    /// How long it may take, calculated from what a million rows took where that was measured.
    pub seconds: f64,
}

/// The size of a table is told under a lock, which it may have to wait for.
const LOCKS_WITHIN: &str = "SET lock_timeout = '2s'";

/// What [`migration::apply`](super::migration::apply) would do. Reads the catalogue alone, and waits no longer than two
/// seconds for anybody.
pub fn plan(options: &ConnectionOptions) -> Result<Vec<PlannedMigration>, StoreError> {
    let known = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(StoreError::Refused)?;
    let timeout = Some(connection::PATIENCE);
    let (present, sizes) = connection::run(
        &options.pool(),
        "plan",
        &"migrations",
        timeout,
        |connection| {
            connection.batch_execute(LOCKS_WITHIN)?;
            Ok((
                refuse_foreign_schema(connection).map(|()| applied(connection)),
                sizes(connection)?,
            ))
        },
    )?;
    let present = present??;
    refuse_new_schema(&present)?;
    let missing = known
        .iter()
        .filter(|one| !present.contains(&one.name().version()));
    let mut plan: Vec<PlannedMigration> = missing
        .map(|one| planned(one.name().to_string(), &sizes))
        .collect();
    plan.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(plan)
}

#[derive(QueryableByName)]
struct TableSize {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    row_count: i64,
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// The sizes of tables that are there. One that was never analyzed is taken for one of rows of 100 bytes.
fn sizes(connection: &mut PgConnection) -> QueryResult<Vec<TableSize>> {
    diesel::sql_query(
        "SELECT parent.relname::text AS name,
                coalesce(sum(CASE WHEN part.reltuples < 0 THEN pg_relation_size(part.oid) / 100 ELSE part.reltuples END), 0)::bigint
                    AS row_count,
                coalesce(sum(pg_total_relation_size(part.oid)), 0)::bigint AS bytes
         FROM pg_class AS parent
         LEFT JOIN LATERAL pg_partition_tree(parent.oid) AS tree ON tree.isleaf LEFT JOIN pg_class AS part ON part.oid = tree.relid
         WHERE parent.relkind IN ('r', 'p', 'v')
           AND parent.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('messages'))
         GROUP BY 1",
    )
    .load(connection)
}

fn planned(name: String, sizes: &[TableSize]) -> PlannedMigration {
    let effect = EFFECTS.iter().find(|effect| effect.migration == name);
    let there = |tables: &[&'static str]| -> Vec<&'static str> {
        let known = |table: &str| sizes.iter().any(|size| size.name == table);
        tables
            .iter()
            .copied()
            .filter(|table| known(table))
            .collect()
    };
    let work = effect.and_then(|effect| work(effect, sizes));
    PlannedMigration {
        closed: effect
            .map(|effect| there(effect.closed))
            .unwrap_or_default(),
        read_only: effect
            .map(|effect| there(effect.read_only))
            .unwrap_or_default(),
        work,
        name,
    }
}

fn work(effect: &Effect, sizes: &[TableSize]) -> Option<PlannedWork> {
    let work = effect.work.as_ref()?;
    let size = sizes.iter().find(|size| size.name == work.table)?;
    let rows = u64::try_from(size.row_count).unwrap_or(0);
    Some(PlannedWork {
        table: work.table,
        rows,
        bytes: u64::try_from(size.bytes).unwrap_or(0),
        seconds: rows as f64 / 1e6 * work.seconds_per_million,
    })
}
