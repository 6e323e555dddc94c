//! Slow links: what makes progress is not given up, however long it is on its way.
//!
//! The values of a statement are one message to the server, which counts the session as idle within its
//! transaction until it has all of it, and tells nobody how far it is.

use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::database::locks;
use crate::database::settings::IDLE_LIMIT;

/// Links are taken to be no slower than this, in bytes per second.
const SLOWEST: u64 = 100_000;

/// With fewer bytes than these, a session idles for less time than others have patience.
const FEW: usize = 2_000_000;

/// How long so many bytes may be on their way.
pub(crate) fn time_for(bytes: usize) -> Duration {
    Duration::from_millis(bytes as u64 * 1_000 / SLOWEST)
}

/// Runs `work`, which sends about so many bytes, within a transaction. Meanwhile the server and other
/// programs let the session idle for as long as these may be on their way.
pub(crate) fn sending<T>(
    connection: &mut PgConnection,
    bytes: usize,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    if bytes < FEW {
        return work(connection);
    }
    let limit = IDLE_LIMIT + time_for(bytes);
    locks::tell_of_sending(connection, limit)?;
    let_idle(connection, limit)?;
    let answer = work(connection)?;
    let_idle(connection, IDLE_LIMIT)?;
    Ok(answer)
}

/// Lets the session idle for so long at a time, until the end of the transaction.
fn let_idle(connection: &mut PgConnection, limit: Duration) -> QueryResult<()> {
    let limit = limit.as_millis();
    diesel::sql_query(format!(
        "SET LOCAL idle_in_transaction_session_timeout = {limit}"
    ))
    .execute(connection)
    .map(drop)
}
