//! What can go wrong, by what the caller can do about it.

use diesel::result::{DatabaseErrorKind, Error};

/// What helps where the role lacks a right.
pub(crate) const GRANTS: &str =
    "the owner of the tables gives it the rights that are in docs/grants.sql";

/// How the library names statements that it prepares, in the server's errors of any language.
const PREPARED: &str = "\"__diesel_stmt_";

/// What helps where these are not the session's.
const POOLER: &str = "a pooler hands a session to several connections: let it keep one for each (PgBouncer: pool_mode = session)";

/// Why the archive did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, starting or overloaded: try again later.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database is there and refuses, for what is wrong with it or with the role, and not for what it
    /// was given: once that is mended, the same can be done.
    #[error("the database refused it")]
    Impaired(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database is there and has no room for more, as its disk is full: once there is some, the same can be done.
    #[error("the database has no room")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The statement took longer than it may: ask for less, or try again later.
    #[error("the query took longer than {} s", .0.as_secs_f32())]
    Timeout(std::time::Duration),
    /// The caller does not wait any more: see [`Caller::cancel`](crate::Caller::cancel).
    #[error("the query was given up, as its caller has gone")]
    Cancelled,
    /// The database is not as this program knows it.
    #[error("{0}")]
    Schema(String),
    /// The role lacks a right: it may not do this.
    #[error("the role may not {0}: {remedy}", remedy = GRANTS)]
    Rights(String),
    /// The database refused the statement: an error of this program, or of a row.
    #[error("the database refused the statement")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// The database did not answer in this time, and is taken for dead.
    pub(crate) fn no_answer(within: std::time::Duration) -> Self {
        let seconds = within.as_secs_f32();
        Self::Unavailable(format!("it did not answer within {seconds} s").into())
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, said) => {
                let said = said.message();
                Self::Impaired(format!("{said} (SQLSTATE 25006); the server is a standby, or default_transaction_read_only is on").into())
            }
            Error::DatabaseError(_, said) if said.message().contains(PREPARED) => {
                let said = said.message();
                Self::Impaired(format!("{said}: {POOLER}").into())
            }
            Error::DatabaseError(
                DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::SerializationFailure,
                _,
            )
            | Error::BrokenTransactionManager => Self::Unavailable(Box::new(error)),
            _ => Self::Refused(Box::new(error)),
        }
    }
}

impl From<diesel::r2d2::PoolError> for StoreError {
    fn from(error: diesel::r2d2::PoolError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<diesel::ConnectionError> for StoreError {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
