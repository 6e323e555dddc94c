//! Connections to the database and how they behave.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, ManageConnection, Pool};

use crate::error::StoreError;

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

pub(crate) type PgPool = Pool<Manager>;

impl ConnectionOptions {
    /// A pool that connects on demand: the database may be away now.
    pub(crate) fn pool(&self) -> PgPool {
        Pool::builder()
            .max_size(self.pool_size)
            .min_idle(Some(0))
            .connection_timeout(self.checkout_timeout)
            .build_unchecked(Manager {
                database: ConnectionManager::new(self.libpq_url()),
                settings: self.session(),
            })
    }

    fn session(&self) -> String {
        let mut set = format!(
            "SET application_name = '{}'; SET TIME ZONE 'UTC';",
            self.application_name
        );
        if let Some(timeout) = self.statement_timeout {
            set += &format!("SET statement_timeout = {};", timeout.as_millis());
        }
        if self.read_only {
            set += "SET default_transaction_read_only = on;";
            // Searches are short: starting workers or compiling a plan takes longer than they do.
            set += "SET max_parallel_workers_per_gather = 0; SET jit = off;";
            // So does planning: once for each statement, whatever the values. The statements are such
            // that an index in the order of the answer is always right, and rows are few where tables meet.
            set += "SET plan_cache_mode = force_generic_plan; SET enable_bitmapscan = off;";
            set += "SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_sort = off;";
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

/// Opens connections, and tests those that may have died.
pub(crate) struct Manager {
    database: ConnectionManager<PgConnection>,
    /// Statements that a new connection starts with.
    settings: String,
}

/// A connection, and when it was last known to work.
pub(crate) struct Session {
    pub(crate) connection: PgConnection,
    worked: Option<Instant>,
}

/// A connection that worked so lately is not tested before it is used again: the test would take as
/// long as a search.
const FRESH: Duration = Duration::from_millis(500);

impl ManageConnection for Manager {
    type Connection = Session;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Session, Self::Error> {
        let mut connection = self.database.connect()?;
        connection
            .batch_execute(&self.settings)
            .map_err(diesel::r2d2::Error::QueryError)?;
        Ok(Session {
            connection,
            worked: Some(Instant::now()),
        })
    }

    fn is_valid(&self, session: &mut Session) -> Result<(), Self::Error> {
        match session.worked {
            Some(worked) if worked.elapsed() < FRESH => Ok(()),
            _ => self.database.is_valid(&mut session.connection),
        }
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        self.database.has_broken(&mut session.connection)
    }
}

/// An operation that takes longer is told in the log.
const SLOW: Duration = Duration::from_secs(1);

/// Takes a connection from the pool and runs `work` on it.
///
/// `name` is the operation's name in the log, and `shape` what it was asked for, without any value.
/// An error is told from a timeout by the clock, as PostgreSQL's text for it depends on the server's
/// language.
pub(crate) fn run<T>(
    pool: &PgPool,
    name: &'static str,
    shape: &dyn std::fmt::Display,
    timeout: Option<Duration>,
    work: impl FnOnce(&mut PgConnection) -> Result<T, diesel::result::Error>,
) -> Result<T, StoreError> {
    let mut session = pool.get()?;
    let started = Instant::now();
    let answer = work(&mut session.connection);
    let elapsed = started.elapsed();
    session.worked = answer.is_ok().then(Instant::now);
    let ms = elapsed.as_millis() as u64;
    if elapsed < SLOW {
        tracing::debug!(operation = name, ms, ok = answer.is_ok(), "database");
    } else {
        tracing::warn!(operation = name, %shape, ms, ok = answer.is_ok(), "the database took long");
    }
    answer.map_err(|error| match (StoreError::from(error), timeout) {
        (StoreError::Refused(_), Some(timeout)) if elapsed >= timeout => {
            StoreError::Timeout(timeout)
        }
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
        assert_eq!(
            libpq("host=h dbname=d"),
            "connect_timeout=5 tcp_user_timeout=15000 host=h dbname=d"
        );
    }

    #[test]
    fn passwords_are_not_shown() {
        assert_eq!(redact("postgresql://u:p@ss@h/d"), "postgresql://u@h/d");
        assert_eq!(redact("postgresql://h/d"), "postgresql://h/d");
        assert_eq!(redact("host=h password=x"), "(a database with a password)");
    }
}
