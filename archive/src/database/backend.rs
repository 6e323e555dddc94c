//! The session at the server that serves a connection: whom it waits for is asked on another one.

use std::sync::{Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};

use crate::database::socket;

/// A session at the server.
pub(crate) struct Backend {
    /// Its process.
    pub(crate) pid: i32,
    /// What libpq is to connect to, to ask about it; with the password.
    pub(crate) address: String,
    /// Whether that surely leads to no Unix socket.
    pub(crate) is_tcp: bool,
}

/// The server knows the answers at once, or has other troubles.
const LIMIT: &str = "SET statement_timeout = '3s'";

/// How a statement begins that tries again and again to take tables, and so waits for nobody in the eyes
/// of the server.
pub(crate) const POLLS: &str = "/* polls for tables */";

/// The tables that a session waits for.
const TABLES: &str = "SELECT DISTINCT relation::regclass::text AS told FROM pg_locks WHERE pid = $1 AND NOT granted AND relation IS NOT NULL";

/// Those that a session waits for, and those that they wait for; who waits for nobody comes first. Where
/// it polls, it waits for those that keep others from the tables of counts or of what is counted. Of
/// others' sessions the server tells a role without rights little. Of their statements all from the
/// first text on is cut off: it may be a password or a body.
const BLOCKERS: &str = r"
    WITH RECURSIVE blocker (pid) AS (
        (SELECT unnest(pg_blocking_pids($1)) UNION
        SELECT coalesce(pid, 0) FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid IS DISTINCT FROM $1
          AND (relname IN ('messages', 'users', 'packages', 'users_messages', 'packages_messages') AND mode = 'AccessExclusiveLock'
               OR relname LIKE 'counter%' AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))
          AND EXISTS (SELECT FROM pg_stat_activity AS poller WHERE poller.pid = $1 AND starts_with(query, $2)))
        UNION
        SELECT unnest(pg_blocking_pids(pid)) FROM blocker WHERE pid <> 0
    )
    SELECT concat_ws(', ',
        CASE pid WHEN 0 THEN 'a prepared transaction' ELSE 'session ' || pid END
            || coalesce(' of ' || usename, '') || coalesce(' (' || nullif(application_name, '') || ')', ''),
        state || ' for ' || extract(epoch FROM clock_timestamp() - state_change)::bigint || ' s',
        'in a transaction for ' || extract(epoch FROM clock_timestamp() - xact_start)::bigint || ' s')
        || coalesce(': ' || left(regexp_replace(regexp_replace(
            CASE WHEN state IS NOT NULL THEN query END, '[''$].*', '...'), '\s+', ' ', 'g'), 80), '') AS told
    FROM blocker LEFT JOIN pg_stat_activity USING (pid)
    ORDER BY wait_event_type = 'Lock' NULLS FIRST, pid LIMIT 4";

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    told: String,
}

impl Backend {
    /// Whose locks the session waits for, one after the other; `None` if for nobody's, or if the server
    /// does not say so within some seconds. Blocks, also for others who ask: there may be many.
    pub(crate) fn held_up_by(&self) -> Option<String> {
        self.ask("; ", |connection| {
            let blockers = diesel::sql_query(BLOCKERS).bind::<Integer, _>(self.pid);
            blockers.bind::<Text, _>(POLLS).load(connection)
        })
    }

    /// The tables that the session waits for; `None` as for [`Backend::held_up_by`]. Blocks.
    pub(crate) fn waits_for(&self) -> Option<String> {
        self.ask(", ", |connection| {
            let tables = diesel::sql_query(TABLES).bind::<Integer, _>(self.pid);
            tables.load(connection)
        })
    }

    /// What the server answers on another connection, in one line; `None` if that is nothing.
    fn ask(
        &self,
        between: &str,
        question: impl FnOnce(&mut PgConnection) -> QueryResult<Vec<Answer>>,
    ) -> Option<String> {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = {
            let _alone = socket::alone(self.is_tcp);
            PgConnection::establish(&self.address).ok()?
        };
        connection.batch_execute(LIMIT).ok()?;
        let answers = question(&mut connection).ok()?;
        let told: Vec<String> = answers.into_iter().map(|answer| answer.told).collect();
        (!told.is_empty()).then(|| told.join(between))
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::os::unix::net::{UnixListener, UnixStream};
    use std::path::PathBuf;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::database::socket::Lookout;

    /// A server that only listens, at a Unix socket.
    struct Server {
        folder: PathBuf,
        listener: UnixListener,
    }

    impl Server {
        fn new(name: &str) -> Self {
            let name = format!("{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            std::fs::create_dir_all(&folder).expect("a folder");
            let listener = UnixListener::bind(folder.join(".s.PGSQL.5432")).expect("a listener");
            Self { folder, listener }
        }

        /// Asks whom a session waits for.
        fn ask(&self) -> thread::JoinHandle<Option<String>> {
            let backend = Backend {
                pid: 1,
                address: format!("host={} port=5432", self.folder.display()),
                is_tcp: false,
            };
            thread::spawn(move || backend.held_up_by())
        }

        fn accept(&self) -> UnixStream {
            self.listener.set_nonblocking(false).expect("set");
            self.listener.accept().expect("a connection").0
        }

        /// Whether nobody has come after a while.
        fn is_left_alone(&self) -> bool {
            thread::sleep(Duration::from_millis(300));
            self.listener.set_nonblocking(true).expect("set");
            let came = self.listener.accept();
            came.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn no_socket_to_ask_by_is_opened_while_another_is_looked_out_for() {
        let server = Server::new("looked-out");
        let lookout = Lookout::new(0, false);
        let asking = server.ask();
        assert!(server.is_left_alone());
        drop(lookout);
        drop(server.accept());
        assert_eq!(asking.join().expect("no panic"), None);
    }

    #[test]
    fn whoever_asks_waits_for_those_who_ask_already() {
        let server = Server::new("one-at-a-time");
        let asking = [server.ask(), server.ask()];
        let first = server.accept();
        assert!(server.is_left_alone());
        drop(first);
        drop(server.accept());
        for asking in asking {
            assert_eq!(asking.join().expect("no panic"), None);
        }
    }
}
