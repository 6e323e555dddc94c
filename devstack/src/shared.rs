//! One server of each kind for all tests of a test binary, started when first asked
//! for. Nobody drops them: their watchdogs notice the end of the process.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use crate::{Postgres, PostgresOptions, Rabbit, RabbitOptions};

/// This process's PostgreSQL server. Its time zone, America/St_Johns, is 3:30 hours
/// off UTC and changes in summer, so that code which trusts it fails.
///
/// # Errors
/// When it did not start, the same for every caller.
pub fn shared_postgres() -> Result<&'static Postgres> {
    static POSTGRES: OnceLock<Result<Postgres, String>> = OnceLock::new();
    let start = || {
        let time_zone = "America/St_Johns".to_owned();
        let options = PostgresOptions {
            time_zone,
            ..PostgresOptions::default()
        };
        Postgres::start(options).map_err(|error| format!("{error:#}"))
    };
    POSTGRES
        .get_or_init(start)
        .as_ref()
        .map_err(|error| anyhow!("{error}"))
}

/// This process's RabbitMQ server, without TLS. Tests share its virtual host and
/// must give their queues and exchanges names of their own.
///
/// # Errors
/// When it did not start, the same for every caller.
pub fn shared_rabbit() -> Result<&'static Rabbit> {
    static RABBIT: OnceLock<Result<Rabbit, String>> = OnceLock::new();
    let start = || Rabbit::start(RabbitOptions::default()).map_err(|error| format!("{error:#}"));
    RABBIT
        .get_or_init(start)
        .as_ref()
        .map_err(|error| anyhow!("{error}"))
}
