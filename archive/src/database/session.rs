//! A connection that is open: how it is made, tested and thrown away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{
    Instrumentation as _, InstrumentationEvent, SimpleConnection, get_default_instrumentation,
};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection as _};
use diesel::result::Error;
use diesel::sql_types::{Bool, Integer, Text};

use crate::database::address::{Address, AddressError};
use crate::database::backend::Backend;
use crate::database::origin::{self, Origin, Origins};
use crate::database::settings::Settings;
use crate::database::socket::{Lookout, Socket};
use crate::database::timeline::{self, LatestTimeline};
use crate::database::watch::Wait;

/// Opens connections, and throws those away that have died.
pub(crate) struct Manager {
    address: Result<Address, AddressError>,
    /// What connections lead to.
    origins: Origins,
    /// Which server leads.
    latest: LatestTimeline,
    /// What a session begins with.
    settings: Settings,
    /// Whether that was once refused in a start-up packet.
    refused: AtomicBool,
    /// Whether it was told that something did not come with the packet.
    told: AtomicBool,
}

/// A connection that was just made.
struct Opened {
    connection: PgConnection,
    socket: Option<Arc<Socket>>,
    /// What libpq connected to.
    address: String,
}

/// A connection, and when it was last known to work.
pub(crate) struct Session {
    pub(crate) connection: PgConnection,
    /// The database that it leads to.
    pub(crate) origin: Arc<Origin>,
    socket: Option<Arc<Socket>>,
    /// Who serves it at the server.
    pub(crate) backend: Arc<Backend>,
    worked: Option<Instant>,
    /// When it was opened.
    pub(crate) opened: Instant,
    /// How many statements it has prepared, which the server keeps with their plans.
    prepared: Arc<AtomicU32>,
    /// Whether it is not to be used again.
    is_spent: bool,
}

/// How many statements a connection prepares before it is replaced: with its plan over all partitions
/// each takes 150 to 300 kB at the server, and clients choose how many different ones there are.
const MOST_PREPARED: u32 = 300;

/// A connection that worked so lately is not tested before it is used again: the test would take as
/// long as a search.
const FRESH: Duration = Duration::from_millis(500);

/// How long the server may take to set a session up.
const PROMPT: Duration = Duration::from_secs(10);

/// Why nothing is stored, where the role may not set it itself.
const TRIGGERS_SLEEP: &str = "triggers do not fire in its sessions, so that nothing would count what is stored: the role \
    or the database has session_replication_role, which a superuser takes back by ALTER ROLE or ALTER DATABASE … RESET";

/// Why there is no connection, in words for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoSession(String);

impl Session {
    /// A wait for this connection.
    pub(crate) fn wait(&self, operation: &'static str) -> Wait {
        Wait {
            backend: Some(self.backend.clone()),
            ..Wait::new(operation, self.socket.as_ref())
        }
    }

    /// Tests whether the connection works still, unless it did so lately. One that does not answer
    /// within `limit` is not to be used again.
    pub(crate) fn test(&mut self, limit: Duration) -> Result<(), NoSession> {
        if self.worked.is_some_and(|worked| worked.elapsed() < FRESH) {
            return Ok(());
        }
        let wait = Wait {
            limit: Some(limit),
            ..self.wait("test")
        };
        let answer = promptly(wait, &mut self.connection, PgConnection::ping);
        self.note(answer.is_ok(), answer.is_err());
        answer
    }

    /// Notes whether the connection did as it was asked, and whether it is not to be used again.
    pub(crate) fn note(&mut self, works: bool, is_spent: bool) {
        self.worked = works.then(Instant::now);
        self.is_spent |= is_spent;
    }

    /// Counts from now on which statements are new to the connection.
    fn count_prepared(&mut self) {
        let prepared = self.prepared.clone();
        let mut default = get_default_instrumentation();
        let count = move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::CacheQuery { .. } = event {
                prepared.fetch_add(1, Ordering::Relaxed);
            }
            if let Some(default) = &mut default {
                default.on_connection_event(event);
            }
        };
        self.connection.set_instrumentation(count);
    }
}

/// Has the server do something that takes no time, and does not wait longer than `wait` says.
fn promptly<T>(
    wait: Wait,
    connection: &mut PgConnection,
    work: impl FnOnce(&mut PgConnection) -> diesel::QueryResult<T>,
) -> Result<T, NoSession> {
    let _watched = wait.watch().map_err(|error| NoSession(error.to_string()))?;
    work(connection).map_err(|error| NoSession(error.to_string()))
}

impl Manager {
    /// For sessions at this address that begin with these settings.
    pub(crate) fn new(address: Result<Address, AddressError>, settings: Settings) -> Self {
        Self {
            address,
            origins: Origins::default(),
            latest: LatestTimeline::default(),
            settings,
            refused: AtomicBool::new(false),
            told: AtomicBool::new(false),
        }
    }

    /// Opens a connection, to which the start-up packet gives all settings that it can, unless that is refused.
    fn open(&self, address: &Address) -> Result<Opened, NoSession> {
        let plain = match self.settings.application_name {
            Some(name) => address.clone().named(name),
            None => address.clone(),
        };
        let options = self.settings.options(address.is_chosen_by_writing());
        if options.is_empty() || self.refused.load(Ordering::Relaxed) {
            return open_at(&plain);
        }
        match open_at(&plain.clone().with_options(&options)) {
            Err(refusal) if self.settings.may_be_blamed(&refusal.0) => {
                let opened = open_at(&plain)?;
                self.refused.store(true, Ordering::Relaxed);
                self.tell(&refusal.0);
                Ok(opened)
            }
            opened => opened,
        }
    }

    /// Sets what the session lacks, and answers the database and the process that serve it, and the timeline.
    fn begin(&self, connection: &mut PgConnection) -> diesel::QueryResult<(String, i32, i32)> {
        let lacking = self.settings.lacking();
        let questions = (
            sql::<Text>(origin::OF_SESSION),
            sql::<Integer>("pg_backend_pid()"),
            sql::<Integer>(timeline::OF_SERVER),
            sql::<Text>(&lacking),
        );
        let (origin, pid, timeline, lacking): (_, _, _, String) =
            diesel::select(questions).get_result(connection)?;
        if !lacking.is_empty() {
            connection.batch_execute(&self.settings.setting(&lacking))?;
            if self.settings.is_surprised_by(&lacking) {
                self.tell(&lacking);
            }
            if let Some(sleep) = self.settings.triggers_that_sleep(&lacking)
                && diesel::select(sql::<Bool>(&sleep)).get_result(connection)?
            {
                return Err(Error::QueryBuilderError(TRIGGERS_SLEEP.into()));
            }
        }
        if !self.settings.statements.is_empty() {
            connection.batch_execute(&self.settings.statements)?;
        }
        Ok((origin, pid, timeline))
    }

    /// Tells once that settings do not come with the start-up packet.
    fn tell(&self, why: &str) {
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::info!(
                why,
                "settings do not come with the start of a session: they are set by statements"
            );
        }
    }
}

fn open_at(address: &Address) -> Result<Opened, NoSession> {
    let lookout = Lookout::new(address.tcp_user_timeout(), address.is_tcp());
    let for_libpq = address.for_libpq(lookout.tcp_timeout());
    let connection = PgConnection::establish(&for_libpq)
        .map_err(|error| NoSession(address.without_secrets(&error.to_string())))?;
    let socket = lookout.socket().map(Arc::new);
    if socket.is_none() {
        tracing::debug!("the socket of a connection is not known: it cannot be given up");
    }
    Ok(Opened {
        connection,
        socket,
        address: for_libpq,
    })
}

impl Manager {
    /// A session at this address, and the timeline of its server.
    fn connect_to(&self, address: &Address) -> Result<(Session, i32), NoSession> {
        let mut opened = self.open(address)?;
        let wait = Wait {
            limit: Some(PROMPT),
            ..Wait::new("connect", opened.socket.as_ref())
        };
        let (origin, pid, timeline) = promptly(wait, &mut opened.connection, |connection| {
            self.begin(connection)
        })?;
        let mut session = Session {
            connection: opened.connection,
            origin: self.origins.of(origin),
            socket: opened.socket,
            backend: Arc::new(Backend {
                pid,
                address: opened.address,
                is_tcp: address.is_tcp(),
            }),
            worked: Some(Instant::now()),
            opened: Instant::now(),
            prepared: Arc::default(),
            is_spent: false,
        };
        session.count_prepared();
        Ok((session, timeline))
    }
}

impl Manager {
    /// A session at this address, if its server leads.
    fn connect_to_leader(&self, address: &Address) -> Result<Session, NoSession> {
        let (session, timeline) = self.connect_to(address)?;
        let judged = self.latest.judge(timeline, Instant::now());
        judged.map(|()| session).map_err(NoSession)
    }
}

impl ManageConnection for Manager {
    type Connection = Session;
    type Error = NoSession;

    /// Of several servers, the one that leads, whatever each says of itself.
    fn connect(&self) -> Result<Session, NoSession> {
        let address = self
            .address
            .as_ref()
            .map_err(|error| NoSession(error.to_string()))?;
        let each = address.each_server();
        if each.is_empty() {
            return self.connect_to(address).map(|(session, _)| session);
        }
        let chosen = self.connect_to_leader(address);
        chosen.or_else(|why| {
            let mut leaders = each.iter().map(|one| self.connect_to_leader(one));
            leaders.find_map(Result::ok).ok_or(why)
        })
    }

    /// Not here, where nobody knows how much time is left: see [`Session::test`].
    fn is_valid(&self, _: &mut Session) -> Result<(), NoSession> {
        Ok(())
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        let prepared = session.prepared.load(Ordering::Relaxed);
        std::thread::panicking()
            || session.is_spent
            || prepared >= MOST_PREPARED
            || session.connection.is_broken()
    }
}
