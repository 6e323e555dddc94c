//! Several statements that are one operation, on one connection, with time between them that is not the database's.
//!
//! Whoever works on what was read before it asks on leaves no transaction open meanwhile, and only the time in which
//! the database works counts towards its limit and is told of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::database::connection::{PgPool, again, run_untold, tell};
use crate::database::origin::Origin;
use crate::database::session::Session;
use crate::error::StoreError;

/// A connection that is asked again and again for one operation.
pub(crate) struct Conversation<'a> {
    session: &'a mut Session,
    pool: &'a PgPool,
    name: &'static str,
    /// How much time the database may take for the whole.
    timeout: Option<Duration>,
    spent: Duration,
}

/// Has `talk` ask for what it wants to know, and begin anew on another connection as
/// [`run_again`](crate::database::connection::run_again) does. `name` is the operation's name in the log.
pub(crate) fn converse<T>(
    pool: &PgPool,
    name: &'static str,
    timeout: Option<Duration>,
    talk: impl Fn(&mut Conversation) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    again(pool, name, timeout, |session| {
        let mut conversation = Conversation {
            session,
            pool,
            name,
            timeout,
            spent: Duration::ZERO,
        };
        let answer = talk(&mut conversation);
        let is_bounded = timeout.is_some();
        tell(name, &"", conversation.spent, is_bounded, answer.is_ok());
        answer
    })
}

impl Conversation<'_> {
    /// The database that is asked.
    pub(crate) fn origin(&self) -> Arc<Origin> {
        self.session.origin.clone()
    }

    /// Asks; fails when all that was asked took longer than it may.
    pub(crate) fn ask<T>(
        &mut self,
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
    ) -> Result<T, StoreError> {
        let left = match self.timeout {
            Some(timeout) if self.spent >= timeout => return Err(StoreError::Timeout(timeout)),
            timeout => timeout.map(|timeout| timeout - self.spent),
        };
        let started = Instant::now();
        let work = |connection: &mut PgConnection, _: &Arc<Origin>| work(connection);
        let answer = run_untold(self.session, self.pool, self.name, &"", left, work);
        self.spent += started.elapsed();
        answer
    }
}
