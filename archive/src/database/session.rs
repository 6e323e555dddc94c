//! A connection that is open: how it is made, tested and thrown away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection as _};

use crate::database::address::{Address, AddressError};
use crate::database::socket::{Lookout, Socket};
use crate::database::watch::Wait;

/// Opens connections, and tests those that may have died.
pub(crate) struct Manager {
    pub(crate) address: Result<Address, AddressError>,
    /// Statements that a new connection starts with.
    pub(crate) settings: String,
}

/// A connection, and when it was last known to work.
pub(crate) struct Session {
    pub(crate) connection: PgConnection,
    socket: Option<Arc<Socket>>,
    worked: Option<Instant>,
    /// Whether it was shut below an operation.
    is_shut: bool,
}

/// A connection that worked so lately is not tested before it is used again: the test would take as
/// long as a search.
const FRESH: Duration = Duration::from_millis(500);

/// How long the server may take to set a session up, or to say that it is there.
const PROMPT: Duration = Duration::from_secs(10);

/// Why there is no connection, in words for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoSession(String);

impl Session {
    /// A wait for this connection.
    pub(crate) fn wait(&self, operation: &'static str) -> Wait {
        Wait::new(operation, self.socket.as_ref())
    }

    /// Notes whether the connection did as it was asked, and whether it was shut.
    pub(crate) fn note(&mut self, works: bool, is_shut: bool) {
        self.worked = works.then(Instant::now);
        self.is_shut |= is_shut;
    }

    /// Has the server do something that takes no time, and does not wait longer than for that.
    fn promptly<T>(
        &mut self,
        operation: &'static str,
        work: impl FnOnce(&mut PgConnection) -> diesel::QueryResult<T>,
    ) -> Result<T, NoSession> {
        let wait = Wait {
            limit: Some(PROMPT),
            ..self.wait(operation)
        };
        let _watched = wait.watch().map_err(|error| NoSession(error.to_string()))?;
        work(&mut self.connection).map_err(|error| NoSession(error.to_string()))
    }
}

impl ManageConnection for Manager {
    type Connection = Session;
    type Error = NoSession;

    fn connect(&self) -> Result<Session, NoSession> {
        let address = self
            .address
            .as_ref()
            .map_err(|error| NoSession(error.to_string()))?;
        let lookout = Lookout::new(address.tcp_user_timeout());
        let connection = PgConnection::establish(&address.for_libpq(lookout.tcp_timeout()))
            .map_err(|error| NoSession(address.without_secrets(&error.to_string())))?;
        let socket = lookout.socket().map(Arc::new);
        if socket.is_none() {
            tracing::debug!("the socket of a connection is not known: it cannot be given up");
        }
        let mut session = Session {
            connection,
            socket,
            worked: Some(Instant::now()),
            is_shut: false,
        };
        session.promptly("connect", |connection| {
            connection.batch_execute(&self.settings)
        })?;
        Ok(session)
    }

    fn is_valid(&self, session: &mut Session) -> Result<(), NoSession> {
        match session.worked {
            Some(worked) if worked.elapsed() < FRESH => Ok(()),
            _ => session.promptly("test", PgConnection::ping),
        }
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        std::thread::panicking() || session.is_shut || session.connection.is_broken()
    }
}
