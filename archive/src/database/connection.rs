//! Connections to the database and how they behave.

use std::fmt;
use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::r2d2::{Pool, PooledConnection};

use crate::database::address::{Address, redact};
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
    /// How long a statement may run by the server's clock; `None` is for ever.
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
                address: Address::parse(&self.url),
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
}

/// An operation that takes longer is told in the log.
const SLOW: Duration = Duration::from_secs(1);
/// How much longer than it may take an operation is waited for: as a rule, the server says itself
/// that it took too long.
const GRACE: Duration = Duration::from_secs(5);
/// How long an operation that writes may take, waiting for others' locks included; it is tried again.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

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
    if elapsed < SLOW || timeout.is_none() {
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
