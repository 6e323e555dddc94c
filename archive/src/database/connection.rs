//! Connections to the database and how they behave.

use std::fmt;
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::r2d2::{Pool, PooledConnection};

use crate::database::session::Manager;
use crate::database::settings;
use crate::database::watch::{Caller, GivenUp, Wait};
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

/// Connections to a database, and for whom they are used. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PgPool {
    sessions: Pool<Manager>,
    caller: Caller,
}

impl PgPool {
    /// Waits for a connection.
    pub(crate) fn get(&self) -> Result<PooledConnection<Manager>, StoreError> {
        self.caller.check()?;
        Ok(self.sessions.get()?)
    }

    /// These connections, used for a caller who may be cancelled.
    pub(crate) fn on_behalf_of(&self, caller: &Caller) -> Self {
        Self {
            sessions: self.sessions.clone(),
            caller: caller.clone(),
        }
    }
}

impl ConnectionOptions {
    /// A pool that connects on demand: the database may be away now.
    pub(crate) fn pool(&self) -> PgPool {
        let sessions = Pool::builder()
            .max_size(self.pool_size)
            .min_idle(Some(0))
            .connection_timeout(self.checkout_timeout)
            .build_unchecked(Manager {
                url: self.libpq_url(),
                settings: settings::statements(
                    self.application_name,
                    self.statement_timeout,
                    self.read_only,
                ),
            });
        PgPool {
            sessions,
            caller: Caller::new(),
        }
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

/// An operation that takes longer is told in the log.
const SLOW: Duration = Duration::from_secs(1);
/// How much longer than it may take an operation is waited for: as a rule, the server says itself
/// that it took too long.
const GRACE: Duration = Duration::from_secs(5);

/// Takes a connection from the pool and runs `work` on it.
///
/// `name` is the operation's name in the log, and `shape` what it was asked for, without any value.
/// After the `timeout`, and some seconds in which the server may tell so itself, the database is
/// taken for dead; without one, `work` may take for ever. An error is told from a timeout by the
/// clock, as PostgreSQL's text for it depends on the server's language.
pub(crate) fn run<T>(
    pool: &PgPool,
    name: &'static str,
    shape: &dyn std::fmt::Display,
    timeout: Option<Duration>,
    work: impl FnOnce(&mut PgConnection) -> Result<T, diesel::result::Error>,
) -> Result<T, StoreError> {
    let mut session = pool.get()?;
    let wait = Wait {
        shape: shape.to_string(),
        caller: pool.caller.clone(),
        limit: timeout.map(|timeout| timeout + GRACE),
        ..session.wait(name)
    };
    let started = wait.since;
    let watched = wait.watch()?;
    let answer = work(&mut session.connection);
    let given_up = watched.end();
    session.note(answer.is_ok(), given_up.is_some());
    let elapsed = started.elapsed();
    let ms = elapsed.as_millis() as u64;
    if elapsed < SLOW {
        tracing::debug!(operation = name, ms, ok = answer.is_ok(), "database");
    } else {
        tracing::warn!(operation = name, %shape, ms, ok = answer.is_ok(), "the database took long");
    }
    answer.map_err(|error| match (given_up, StoreError::from(error), timeout) {
        (Some(GivenUp::Cancelled), ..) => StoreError::Cancelled,
        (Some(GivenUp::Late(limit)), ..) => StoreError::no_answer(limit),
        (None, StoreError::Refused(_), Some(timeout)) if elapsed >= timeout => {
            StoreError::Timeout(timeout)
        }
        (None, error, _) => error,
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
