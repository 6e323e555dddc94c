//! Servers set up as in production: a commit is on disk when it returns.

use anyhow::Result;
use devstack::{Database, Postgres, PostgresOptions};

const SETTINGS: [(&str, &str); 4] = [
    ("max_wal_size", "8GB"),
    ("checkpoint_timeout", "15min"),
    ("effective_cache_size", "8GB"),
    ("random_page_cost", "1.1"),
];
/// Nobody follows the server, so what is copied into an empty table needs no log; what there is of it should not
/// take the disk that millions of messages need.
const WITHOUT_LOG: [(&str, &str); 3] = [
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "2GB"),
];

/// A PostgreSQL with durable commits and room to work.
pub fn postgres() -> Result<Postgres> {
    start(&SETTINGS)
}

/// A PostgreSQL to be filled quickly and then read.
pub fn postgres_to_load() -> Result<Postgres> {
    start(&[SETTINGS.as_slice(), WITHOUT_LOG.as_slice()].concat())
}

/// A PostgreSQL that writes checkpoints while much is stored, as one does into which hours of messages go.
pub fn postgres_with_checkpoints() -> Result<Postgres> {
    start(&[SETTINGS.as_slice(), &[("max_wal_size", "2GB")]].concat())
}

fn start(settings: &[(&str, &str)]) -> Result<Postgres> {
    Postgres::start(PostgresOptions {
        fsync: true,
        shared_buffers: "2GB".to_owned(),
        settings: settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..PostgresOptions::default()
    })
}

/// A new database with nommer's tables.
pub fn migrated(postgres: &Postgres) -> Result<Database> {
    let database = postgres.fresh_database()?;
    archive::migration::apply(&options(&database.url))?;
    Ok(database)
}

/// Leaves nothing to do in the background, and statistics to plan by.
pub fn tidy(postgres: &Postgres, database: &Database) -> Result<()> {
    postgres.run_sql(&database.name, "VACUUM (ANALYZE)")?;
    postgres.run_sql(&database.name, "CHECKPOINT")?;
    Ok(())
}

/// The bytes of all tables and indexes.
pub fn size(postgres: &Postgres, database: &Database) -> Result<f64> {
    let sql = "SELECT sum(pg_total_relation_size(oid)) FROM pg_class
               WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace";
    Ok(postgres.run_sql(&database.name, sql)?.parse()?)
}

/// Connection options of a program.
pub fn options(url: &str) -> archive::ConnectionOptions {
    archive::ConnectionOptions {
        url: url.to_owned(),
        application_name: "bench",
        pool_size: 2,
        checkout_timeout: std::time::Duration::from_secs(10),
        statement_timeout: None,
        read_only: false,
    }
}
