//! Takes the tables of a transaction all at once, so that nothing waits for us in a circle.
//!
//! Who truncates takes tables in an order of their own, and then the counters, by a trigger. Any
//! order of ours would be the wrong one for somebody. So no table is waited for while another is held.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::database::backend::POLLS;

/// Has all statements of a transaction that is new see the same.
pub(super) const ONE_SNAPSHOT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";

/// Tables that a transaction holds from its beginning to its end.
#[derive(Clone, Copy)]
pub(super) enum Tables {
    /// The counters and their notes, to be changed.
    Counters,
    /// These, and what is counted. Partitions are not held: who rewrites one of them has nobody wait
    /// that does not read it.
    All,
    /// All of these, to be read.
    Read,
}

const COUNTED: &str = "LOCK TABLE ONLY messages, users, packages, users_messages, packages_messages, message_subjects IN ACCESS SHARE MODE NOWAIT;";
const COUNTERS: &str =
    "LOCK TABLE counters, counter_changes, counter_horizon IN ROW EXCLUSIVE MODE NOWAIT;";
const READ: &str = "LOCK TABLE counters, counter_notes IN ACCESS SHARE MODE NOWAIT;";

impl Tables {
    /// Statements that take the tables, or fail at once.
    fn take(self) -> String {
        let statements: &[&str] = match self {
            Self::Counters => &[COUNTERS],
            Self::All => &[COUNTED, COUNTERS],
            Self::Read => &[COUNTED, READ],
        };
        statements.concat()
    }
}

/// Runs `work` in a transaction that holds `tables`, once all of them are free. The transaction has no
/// snapshot before.
pub(super) fn holding<T>(
    connection: &mut PgConnection,
    tables: Tables,
    mut work: impl FnMut(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    let take = tables.take();
    // Here and not within the transaction, as this needs a snapshot.
    let wait = format!(
        "{POLLS} DO $$ BEGIN LOOP
             BEGIN {take} RETURN; EXCEPTION WHEN lock_not_available THEN PERFORM pg_sleep(0.1); END;
         END LOOP; END $$"
    );
    loop {
        let mut is_held = false;
        let answer = connection.transaction(|connection| {
            connection.batch_execute(&take)?;
            is_held = true;
            work(connection)
        });
        if is_held {
            return answer;
        }
        // Fails where the tables cannot be taken for another reason.
        connection.batch_execute(&wait)?;
    }
}
