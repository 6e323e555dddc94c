//! Servers set up as in production: a commit is on disk when it returns.

use anyhow::Result;
use devstack::{Postgres, PostgresOptions};

/// A PostgreSQL with durable commits and room to work.
pub fn postgres() -> Result<Postgres> {
    let settings = [
        ("max_wal_size", "8GB"),
        ("checkpoint_timeout", "15min"),
        ("effective_cache_size", "8GB"),
        ("random_page_cost", "1.1"),
    ];
    Postgres::start(PostgresOptions {
        fsync: true,
        shared_buffers: "2GB".to_owned(),
        settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        ..PostgresOptions::default()
    })
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
