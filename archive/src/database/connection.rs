//! Connections to the database and how they behave.

use std::fmt::{self, Display};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{Pool, PooledConnection};
use diesel::result::{DatabaseErrorKind, Error};

use crate::database::address::{Address, AddressError, redact};
use crate::database::origin::Origin;
use crate::database::server::Server;
use crate::database::session::{Manager, Session};
use crate::database::settings::Settings;
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

/// A connection that its pool has lent.
pub(crate) type Lent = PooledConnection<Manager>;

/// Connections to a database, and for whom they are used. Cheap to clone.
#[derive(Clone)]
pub(crate) struct PgPool {
    sessions: Pool<Manager>,
    caller: Caller,
    /// Whether a connection is used again after the server refused what it was asked.
    keeps_refused: bool,
    /// How long a statement may run, and so a bounded operation.
    statement_timeout: Option<Duration>,
    /// When the server was last found to be gone, or to take no writes any more.
    left: Arc<Mutex<Option<Instant>>>,
    /// The server, where it is one of several, and how long it may take to give a connection.
    server: Option<(Arc<Server>, Duration)>,
}

/// How many connections are open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Connections {
    /// Those that are used now.
    pub used: u32,
    /// Those that wait for use.
    pub idle: u32,
}

impl PgPool {
    /// How many there are.
    pub(crate) fn connections(&self) -> Connections {
        let state = self.sessions.state();
        Connections {
            used: state.connections.saturating_sub(state.idle_connections),
            idle: state.idle_connections,
        }
    }

    /// Waits for a connection that works, for as long as the caller does.
    pub(crate) fn get(&self) -> Result<Lent, StoreError> {
        let until = self.caller.waits_until(self.sessions.connection_timeout());
        self.get_until(self.in_haste(until))
    }

    /// Waits for another connection than one that did not do, however long it was used.
    fn get_another(&self) -> Result<Lent, StoreError> {
        self.get_until(self.in_haste(Instant::now() + self.sessions.connection_timeout()))
    }

    /// Until when a connection is waited for: not for long where others can be asked.
    fn in_haste(&self, until: Instant) -> Instant {
        let server = self.server.as_ref();
        server.map_or(until, |(_, haste)| until.min(Instant::now() + *haste))
    }

    /// These connections, which lead to one of several servers.
    pub(crate) fn of_server(self, server: Arc<Server>, haste: Duration) -> Self {
        Self {
            server: Some((server, haste)),
            ..self
        }
    }

    fn get_until(&self, until: Instant) -> Result<Lent, StoreError> {
        loop {
            self.caller.check()?;
            self.check_fit()?;
            let left = until.saturating_duration_since(Instant::now());
            let mut session = self.sessions.get_timeout(left)?;
            if self.is_left_behind(&session) {
                session.note(false, true);
                continue;
            }
            // A server that stands still leaves time for another connection.
            match session.test(left / 2) {
                Ok(()) => return self.if_fit(session),
                Err(error) if Instant::now() >= until => {
                    return Err(StoreError::Unavailable(error.into()));
                }
                Err(error) => tracing::debug!(%error, "a connection does not answer any more"),
            }
        }
    }

    /// Fails if the server must not be asked any more since it was chosen.
    fn check_fit(&self) -> Result<(), StoreError> {
        match &self.server {
            Some((server, _)) if !server.is_fit() => {
                Err(StoreError::Unavailable("the replica is left out".into()))
            }
            _ => Ok(()),
        }
    }

    /// The session, unless its server must not be asked, or is not the one that is known.
    fn if_fit(&self, mut session: Lent) -> Result<Lent, StoreError> {
        self.check_fit()?;
        match &self.server {
            Some((server, _)) if !server.is_at(&session.origin) => {
                session.note(false, true);
                let why = "it is another server than the one that was looked at";
                Err(StoreError::Unavailable(why.into()))
            }
            _ => Ok(session),
        }
    }

    /// Whether the session leads to where the server was before another took its place: whoever waits for each
    /// of these to fail would wait as often as there are connections.
    fn is_left_behind(&self, session: &Session) -> bool {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.is_some_and(|left| session.opened <= left)
    }

    /// Has nobody use the connections that are open now.
    pub(crate) fn leave(&self) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = Some(Instant::now());
    }

    /// These connections, used for a caller who may be cancelled.
    pub(crate) fn on_behalf_of(&self, caller: &Caller) -> Self {
        Self {
            caller: caller.clone(),
            ..self.clone()
        }
    }

    /// These connections, for who is refused again and again by what is asked and not by how: nothing
    /// that a connection has planned is outdated.
    pub(crate) fn keeping_refused(&self) -> Self {
        Self {
            keeps_refused: true,
            ..self.clone()
        }
    }
}

impl ConnectionOptions {
    /// These options, for who would rather wait than fail where the URL names several servers: the last of them is
    /// reached, too, while all others are silent.
    #[must_use]
    pub fn past_silent_servers(self) -> Self {
        match Address::parse(&self.url) {
            Ok(address) => self.waiting_longer_by(address.time_before_the_last()),
            Err(_) => self,
        }
    }

    pub(crate) fn waiting_longer_by(self, time: Duration) -> Self {
        Self {
            checkout_timeout: self.checkout_timeout + time,
            ..self
        }
    }

    /// A pool that connects on demand: the database may be away now.
    pub(crate) fn pool(&self) -> PgPool {
        let settings = Settings::of_program(
            self.application_name,
            self.statement_timeout,
            self.read_only,
        );
        let address = Address::parse(&self.url).map(|address| match self.read_only {
            true => address,
            false => address.for_writing(),
        });
        self.limited(self.pool_at(address, settings))
    }

    /// A pool for reading whose connections lead to the primary, of several servers.
    pub(crate) fn pool_of_primary(&self) -> PgPool {
        let (name, limit) = (self.application_name, self.statement_timeout);
        let address = Address::parse(&self.url).map(Address::for_reading_the_primary);
        self.limited(self.pool_at(address, Settings::of_program(name, limit, true)))
    }

    fn limited(&self, pool: PgPool) -> PgPool {
        PgPool {
            statement_timeout: self.statement_timeout,
            ..pool
        }
    }

    /// A pool whose connections lead to this address and begin with these settings.
    pub(crate) fn pool_at(
        &self,
        address: Result<Address, AddressError>,
        settings: Settings,
    ) -> PgPool {
        let sessions = Pool::builder()
            .max_size(self.pool_size)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .connection_timeout(self.checkout_timeout)
            .build_unchecked(Manager::new(address, settings));
        PgPool {
            sessions,
            caller: Caller::new(),
            keeps_refused: false,
            statement_timeout: None,
            left: Arc::default(),
            server: None,
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
    shape: &dyn Display,
    timeout: Option<Duration>,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> Result<T, StoreError> {
    let work = |connection: &mut PgConnection, _: &Arc<Origin>| work(connection);
    run_knowing(pool, name, shape, timeout, work)
}

/// Runs `work`, which remembers things of the database that its connection leads to, as [`run`] does.
pub(crate) fn run_knowing<T>(
    pool: &PgPool,
    name: &'static str,
    shape: &dyn Display,
    timeout: Option<Duration>,
    work: impl FnOnce(&mut PgConnection, &Arc<Origin>) -> QueryResult<T>,
) -> Result<T, StoreError> {
    let mut session = pool.get()?;
    run_on(&mut session, pool, name, shape, timeout, work)
}

/// Runs `work`, which only reads, as [`run_knowing`] does, and again on other connections while it fails on
/// one that was opened before, as the fault may lie there: a plan that no longer fits its table, a
/// session that someone ended. Each of these is thrown away.
pub(crate) fn run_again<T>(
    pool: &PgPool,
    name: &'static str,
    shape: &dyn Display,
    timeout: Option<Duration>,
    work: impl Fn(&mut PgConnection, &Arc<Origin>) -> QueryResult<T>,
) -> Result<T, StoreError> {
    again(pool, name, timeout, |session| {
        run_on(session, pool, name, shape, timeout, &work)
    })
}

/// Runs `attempt` on a connection, and again on others as [`run_again`] does.
pub(crate) fn again<T>(
    pool: &PgPool,
    name: &'static str,
    timeout: Option<Duration>,
    attempt: impl Fn(&mut Session) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let started = Instant::now();
    let mut session = pool.get()?;
    loop {
        let answer = attempt(&mut session);
        let in_time = timeout.is_none_or(|timeout| started.elapsed() < timeout);
        match answer {
            Err(
                StoreError::Refused(error)
                | StoreError::Impaired(error)
                | StoreError::Full(error)
                | StoreError::Unavailable(error),
            ) if session.opened < started && in_time => {
                tracing::debug!(operation = name, %error, "once more on another connection");
                // Given back first: it may be the only one that there may be.
                drop(session);
                session = pool.get_another()?;
            }
            answer => return answer,
        }
    }
}

fn run_on<T>(
    session: &mut Session,
    pool: &PgPool,
    name: &'static str,
    shape: &dyn Display,
    timeout: Option<Duration>,
    work: impl FnOnce(&mut PgConnection, &Arc<Origin>) -> QueryResult<T>,
) -> Result<T, StoreError> {
    let started = Instant::now();
    let answer = run_untold(session, pool, name, shape, timeout, work);
    let is_bounded = timeout.is_some();
    tell(name, shape, started.elapsed(), is_bounded, answer.is_ok());
    answer
}

/// Tells in the log how long an operation kept the database busy: as a warning if that was long, and is not what is
/// expected of an operation without bound.
pub(crate) fn tell(
    name: &'static str,
    shape: &dyn Display,
    elapsed: Duration,
    is_bounded: bool,
    ok: bool,
) {
    let ms = elapsed.as_millis() as u64;
    if elapsed < SLOW || !is_bounded {
        tracing::debug!(operation = name, ms, ok, "database");
    } else {
        let shape = Some(shape.to_string()).filter(|shape| !shape.is_empty());
        tracing::warn!(operation = name, shape, ms, ok, "the database took long");
    }
}

/// Runs `work` under watch, and tells nothing of it in the log.
pub(crate) fn run_untold<T>(
    session: &mut Session,
    pool: &PgPool,
    name: &'static str,
    shape: &dyn Display,
    timeout: Option<Duration>,
    work: impl FnOnce(&mut PgConnection, &Arc<Origin>) -> QueryResult<T>,
) -> Result<T, StoreError> {
    // Whoever lets no statement run for longer does not wait for an operation that may.
    let timeout = timeout.map(|timeout| {
        pool.statement_timeout
            .map_or(timeout, |most| timeout.min(most))
    });
    let wait = Wait {
        shape: shape.to_string(),
        caller: pool.caller.clone(),
        limit: timeout.map(|timeout| timeout + GRACE),
        sends_for: timeout.unwrap_or_default().saturating_sub(PATIENCE),
        server: pool.server.as_ref().map(|(server, _)| server.clone()),
        ..session.wait(name)
    };
    let started = wait.since;
    let watched = wait.watch()?;
    let answer = work(&mut session.connection, &session.origin);
    let is_cancelled = match &answer {
        Err(error) => is_cancelled(&mut session.connection, error),
        Ok(_) => false,
    };
    let given_up = watched.end();
    let spends = |error: &Error| spends(error) && !(pool.keeps_refused && is_refusal(error));
    if given_up.is_none() && answer.as_ref().is_err_and(has_left) {
        pool.leave();
    }
    let is_spent = given_up.is_some() || answer.as_ref().is_err_and(spends);
    session.note(answer.is_ok(), is_spent);
    let elapsed = started.elapsed();
    answer.map_err(|error| match (given_up, StoreError::from(error), timeout) {
        (Some(GivenUp::Cancelled), ..) => StoreError::Cancelled,
        (Some(GivenUp::Late(limit)), ..) => StoreError::no_answer(limit),
        (None, StoreError::Refused(_), Some(timeout)) if elapsed >= timeout => {
            StoreError::Timeout(timeout)
        }
        (None, StoreError::Refused(error), _) if is_cancelled => StoreError::Unavailable(error),
        (None, error, _) => error,
    })
}

/// Whether somebody at the server cancelled the statement that failed so.
///
/// The library keeps PostgreSQL's code for it to itself, and its text depends on the server's
/// language; so the server is asked to say that once more.
fn is_cancelled(connection: &mut PgConnection, error: &Error) -> bool {
    let Error::DatabaseError(DatabaseErrorKind::Unknown, said) = error else {
        return false;
    };
    let cancelled = diesel::sql_query("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(1)");
    match cancelled.execute(connection) {
        Err(Error::DatabaseError(_, says)) => says.message() == said.message(),
        _ => false,
    }
}

/// Whether the server has gone, or became a standby.
fn has_left(error: &Error) -> bool {
    matches!(
        error,
        Error::DatabaseError(
            DatabaseErrorKind::ReadOnlyTransaction
                | DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand,
            _
        )
    )
}

/// Whether the server refused what it was asked for a reason that the library does not tell.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::DatabaseError(DatabaseErrorKind::Unknown, _))
}

/// Whether a connection is not to be used again after this error: all but what a row may cause.
fn spends(error: &Error) -> bool {
    let of_row = matches!(
        error,
        Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::ExclusionViolation
                | DatabaseErrorKind::SerializationFailure,
            _
        )
    );
    matches!(
        error,
        Error::DatabaseError(..) | Error::BrokenTransactionManager
    ) && !of_row
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::connection::SimpleConnection;

    #[test]
    fn one_connection_that_takes_no_writes_any_more_is_enough_to_leave_them_all() {
        let server = devstack::shared_postgres().expect("a PostgreSQL server");
        let database = server.fresh_database().expect("a database");
        let options = ConnectionOptions {
            url: database.url,
            application_name: "test",
            pool_size: 3,
            checkout_timeout: Duration::from_secs(10),
            statement_timeout: None,
            read_only: false,
        };
        let pool = options.pool();
        let mut open: Vec<Lent> = (0..3).map(|_| pool.get().expect("a connection")).collect();
        for session in &mut open {
            let standby = "SET default_transaction_read_only = on";
            session.connection.batch_execute(standby).expect("set");
        }
        drop(open);
        let write = || {
            run(&pool, "test", &"", None, |connection| {
                connection.batch_execute("CREATE TABLE written ()")
            })
        };
        assert!(matches!(write(), Err(StoreError::Impaired(_))));
        write().expect("written on a new connection");
    }
}
