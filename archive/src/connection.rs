//! Connections to the database and how they behave.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};

use crate::StoreError;

/// How a program connects.
#[derive(Clone, Debug)]
pub struct ConnectionOptions {
    /// `postgresql://user:password@host:port/database`; also the SQLAlchemy form of it, which names
    /// a driver after a `+`.
    pub url: String,
    /// Shown in the server's list of sessions.
    pub application_name: &'static str,
    /// The most connections that are open at once.
    pub pool_size: u32,
    /// How long a caller waits for a connection.
    pub checkout_timeout: Duration,
    /// How long a statement may run; `None` is for ever.
    pub statement_timeout: Option<Duration>,
    /// Whether the server should refuse to write.
    pub read_only: bool,
}

pub(crate) type PgPool = Pool<ConnectionManager<PgConnection>>;

impl ConnectionOptions {
    /// A pool that connects on demand: the database may be away now.
    pub(crate) fn pool(&self) -> PgPool {
        Pool::builder()
            .max_size(self.pool_size)
            .min_idle(Some(0))
            .connection_timeout(self.checkout_timeout)
            .connection_customizer(Box::new(Session { set: self.session() }))
            .build_unchecked(ConnectionManager::new(self.libpq_url()))
    }

    fn session(&self) -> String {
        let mut set = format!("SET application_name = '{}'; SET TIME ZONE 'UTC';", self.application_name);
        if let Some(timeout) = self.statement_timeout {
            set += &format!("SET statement_timeout = {};", timeout.as_millis());
        }
        if self.read_only {
            // Searches are short: starting workers or compiling a plan takes longer than they do.
            set += "SET default_transaction_read_only = on; SET max_parallel_workers_per_gather = 0; SET jit = off;";
        }
        set
    }

    /// The URL as libpq takes it, with limits on how long a dead server is waited for.
    fn libpq_url(&self) -> String {
        let Some((scheme, rest)) = self.url.split_once("://") else {
            // A list of `keyword=value`.
            return format!("connect_timeout=5 tcp_user_timeout=15000 {}", self.url);
        };
        let scheme = scheme.split('+').next().unwrap_or(scheme);
        let mut url = format!("{scheme}://{rest}");
        for limit in ["connect_timeout=5", "tcp_user_timeout=15000"] {
            let key = limit.split('=').next().unwrap_or(limit);
            if !url.contains(key) {
                url.push(if url.contains('?') { '&' } else { '?' });
                url.push_str(limit);
            }
        }
        url
    }
}

/// A database URL without its password, for logs.
pub fn redact(url: &str) -> String {
    match url.split_once("://").and_then(|(scheme, rest)| {
        let (user, host) = rest.rsplit_once('@')?;
        let name = user.split(':').next()?;
        Some(format!("{scheme}://{name}@{host}"))
    }) {
        Some(redacted) => redacted,
        None if url.contains("password") => "(a database with a password)".to_owned(),
        None => url.to_owned(),
    }
}

#[derive(Debug)]
struct Session {
    set: String,
}

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for Session {
    fn on_acquire(&self, connection: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        connection.batch_execute(&self.set).map_err(diesel::r2d2::Error::QueryError)
    }
}

/// An operation that takes longer is told in the log.
const SLOW: Duration = Duration::from_secs(1);

/// Takes a connection from the pool and runs `work` on it.
///
/// `name` is the operation's name in the log, and `shape` what it was asked for, without any value; an error is told from a timeout by the clock, as
/// PostgreSQL's text for it depends on the server's language.
pub(crate) fn run<T>(
    pool: &PgPool,
    name: &'static str,
    shape: &dyn std::fmt::Display,
    timeout: Option<Duration>,
    work: impl FnOnce(&mut PgConnection) -> Result<T, diesel::result::Error>,
) -> Result<T, StoreError> {
    let mut connection = pool.get()?;
    let started = std::time::Instant::now();
    let answer = work(&mut connection);
    let elapsed = started.elapsed();
    let ms = elapsed.as_millis() as u64;
    if elapsed < SLOW {
        tracing::debug!(operation = name, ms, ok = answer.is_ok(), "database");
    } else {
        tracing::warn!(operation = name, %shape, ms, ok = answer.is_ok(), "the database took long");
    }
    answer.map_err(|error| match (StoreError::from(error), timeout) {
        (StoreError::Refused(_), Some(timeout)) if elapsed >= timeout => StoreError::Timeout(timeout),
        (error, _) => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn libpq(url: &str) -> String {
        ConnectionOptions {
            url: url.to_owned(),
            application_name: "test",
            pool_size: 1,
            checkout_timeout: Duration::from_secs(1),
            statement_timeout: None,
            read_only: false,
        }
        .libpq_url()
    }

    #[test]
    fn sqlalchemy_urls_are_understood() {
        assert_eq!(
            libpq("postgresql+psycopg2://u:p@h:5/d"),
            "postgresql://u:p@h:5/d?connect_timeout=5&tcp_user_timeout=15000"
        );
        assert_eq!(
            libpq("postgresql://h/d?connect_timeout=9"),
            "postgresql://h/d?connect_timeout=9&tcp_user_timeout=15000"
        );
        assert_eq!(libpq("host=h dbname=d"), "connect_timeout=5 tcp_user_timeout=15000 host=h dbname=d");
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(redact("postgresql://u:p@ss@h/d"), "postgresql://u@h/d");
        assert_eq!(redact("postgresql://h/d"), "postgresql://h/d");
        assert_eq!(redact("host=h password=x"), "(a database with a password)");
    }
}
