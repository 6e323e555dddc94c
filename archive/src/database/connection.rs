//! Connections to the database and how they behave.

use std::fmt;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ConnectionManager, ManageConnection, Pool};

use crate::error::StoreError;

/// How a program connects.
#[derive(Clone)]
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

/// Without the password, as it may end in a log.
impl fmt::Debug for ConnectionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionOptions")
            .field("url", &redact(&self.url))
            .field("application_name", &self.application_name)
            .field("pool_size", &self.pool_size)
            .field("checkout_timeout", &self.checkout_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("read_only", &self.read_only)
            .finish()
    }
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
    let Some((scheme, rest)) = url.split_once("://") else {
        return without_password(url);
    };
    match rest.rsplit_once('@') {
        Some((user, host)) => {
            let name = user.split(':').next().unwrap_or_default();
            without_password(&format!("{scheme}://{name}@{host}"))
        }
        None => without_password(url),
    }
}

/// Parameters may name a password, too: then nothing is shown.
fn without_password(url: &str) -> String {
    let parameters = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('?').map_or("", |(_, query)| query),
        None => url,
    };
    if parameters.contains("password") {
        "(a database with a password)".to_owned()
    } else {
        url.to_owned()
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

    fn options(url: &str) -> ConnectionOptions {
        ConnectionOptions {
            url: url.to_owned(),
            application_name: "test",
            pool_size: 1,
            checkout_timeout: Duration::from_secs(1),
            statement_timeout: None,
            read_only: false,
        }
    }

    fn libpq(url: &str) -> String {
        options(url).libpq_url()
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
        let of_that_name = "postgresql://u@h/password_archive?connect_timeout=9";
        assert_eq!(redact(of_that_name), of_that_name);
        let hidden = "(a database with a password)";
        assert_eq!(redact("host=h password=x"), hidden);
        assert_eq!(redact("postgresql://u@h/d?password=x"), hidden);
        assert_eq!(redact("postgresql://u:p@h/d?sslpassword=x"), hidden);
    }

    #[test]
    fn passwords_are_in_no_debug_text() {
        for url in ["postgresql://u:hunter2@h/d", "host=h password=hunter2"] {
            let text = format!("{:?}", options(url));
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
