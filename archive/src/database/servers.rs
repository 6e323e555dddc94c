//! Several databases that answer the same, by role: replicas in turn, and the primary where no replica will do.
//!
//! All readers of a program share what is known of each, and have connections of their own.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error};

use crate::database::address::Address;
use crate::database::connection::{ConnectionOptions, PgPool};
use crate::database::kinship::Looks;
use crate::database::progress::LogProgress;
use crate::database::server::Server;
use crate::database::watch::Caller;
use crate::error::StoreError;

/// How long a replica may take to give a connection, before the next one is asked.
const HASTE: Duration = Duration::from_secs(1);

/// Replicas of a database, and what is known of them.
#[derive(Debug)]
pub struct Replicas {
    /// In the order of the settings.
    pub servers: Vec<Arc<Server>>,
    pub(crate) urls: Vec<String>,
    /// How old answers may be.
    pub(crate) max_lag: Duration,
    pub(crate) progress: Mutex<LogProgress>,
    pub(crate) looks: Mutex<Looks>,
    /// Whether the primary answered when it was last asked.
    pub(crate) has_primary: AtomicBool,
    turn: AtomicUsize,
    /// Which one those stay with who ask again and again.
    steady: Mutex<Option<usize>>,
}

impl Replicas {
    /// Replicas of the database at `primary` that are to be looked at.
    pub(crate) fn new(primary: &str, urls: Vec<String>, max_lag: Duration) -> Self {
        let database = |url: &str| Address::parse(url).ok()?.database().map(str::to_owned);
        let elsewhere = urls.iter().map(|url| database(url) != database(primary));
        let name = |url: &String| {
            let address = Address::parse(url);
            Arc::new(Server::new(
                address.map_or_else(|_| "?".to_owned(), |it| it.place()),
            ))
        };
        Self {
            servers: urls.iter().map(name).collect(),
            looks: Mutex::new(Looks::none(elsewhere)),
            urls,
            max_lag,
            progress: Mutex::default(),
            has_primary: AtomicBool::new(false),
            turn: AtomicUsize::new(0),
            steady: Mutex::default(),
        }
    }

    /// The next one in turn that may be asked, but for the one that failed.
    fn in_turn(&self, but_for: Option<usize>) -> Option<usize> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.servers.len();
        let order = (0..count).map(|n| first.wrapping_add(n) % count);
        order
            .into_iter()
            .find(|n| Some(*n) != but_for && self.servers[*n].is_fit())
    }

    /// The one that was asked before for as long as it may be asked, and else another one.
    fn steadily(&self) -> Option<usize> {
        let mut steady = self.steady.lock().unwrap_or_else(PoisonError::into_inner);
        if !steady.is_some_and(|n| self.servers[n].is_fit()) {
            *steady = self.in_turn(None);
        }
        *steady
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Choice {
    InTurn,
    /// One of them at a time: what it tells now goes on from what it told before.
    Steady,
}

/// The connections of one reader to all that it may ask. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Servers {
    primary: PgPool,
    pools: Arc<Vec<PgPool>>,
    replicas: Option<Arc<Replicas>>,
    caller: Caller,
    choice: Choice,
}

impl Servers {
    /// One database alone.
    pub(crate) fn alone(options: &ConnectionOptions) -> Self {
        Self {
            primary: options.pool(),
            pools: Arc::default(),
            replicas: None,
            caller: Caller::new(),
            choice: Choice::InTurn,
        }
    }

    /// The database of these options and its replicas.
    pub(crate) fn with_replicas(options: &ConnectionOptions, replicas: &Arc<Replicas>) -> Self {
        let pool = |(url, server): (&String, &Arc<Server>)| {
            let options = ConnectionOptions {
                url: url.clone(),
                ..options.clone()
            };
            options.pool().of_server(server.clone(), HASTE)
        };
        let pools = replicas.urls.iter().zip(&replicas.servers).map(pool);
        Self {
            primary: options.pool_of_primary(),
            pools: Arc::new(pools.collect()),
            replicas: Some(replicas.clone()),
            caller: Caller::new(),
            choice: Choice::InTurn,
        }
    }

    pub(crate) fn on_behalf_of(&self, caller: &Caller) -> Self {
        Self {
            caller: caller.clone(),
            ..self.clone()
        }
    }

    /// These, for who asks again and again by what was answered before.
    pub(crate) fn steady(&self) -> Self {
        Self {
            choice: Choice::Steady,
            ..self.clone()
        }
    }

    /// The connections to the primary, which may be the only one.
    pub(crate) fn primary(&self) -> PgPool {
        self.primary.on_behalf_of(&self.caller)
    }

    /// The connections to each replica.
    pub(crate) fn each_replica(&self) -> impl Iterator<Item = &PgPool> {
        self.pools.iter()
    }

    /// Asks one of them, and once another one where that fails as a server may.
    pub(crate) fn ask<T>(
        &self,
        attempt: impl Fn(&PgPool) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.ask_told(attempt).map(|(answer, _)| answer)
    }

    /// Asks as [`Self::ask`] does, and the primary as well where a replica does not find it.
    pub(crate) fn find<T>(
        &self,
        attempt: impl Fn(&PgPool) -> Result<Option<T>, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let (answer, is_of_primary) = self.ask_told(&attempt)?;
        let may_know = |replicas: &Arc<Replicas>| replicas.has_primary.load(Ordering::Relaxed);
        if answer.is_some() || is_of_primary || !self.replicas.as_ref().is_some_and(may_know) {
            return Ok(answer);
        }
        attempt(&self.primary())
    }

    /// The answer, and whether it is the primary's.
    fn ask_told<T>(
        &self,
        attempt: impl Fn(&PgPool) -> Result<T, StoreError>,
    ) -> Result<(T, bool), StoreError> {
        let of_primary = || Ok((attempt(&self.primary())?, true));
        let of_replica = |n: usize| attempt(&self.pools[n].on_behalf_of(&self.caller));
        let Some(replicas) = &self.replicas else {
            return of_primary();
        };
        let first = match self.choice {
            Choice::InTurn => replicas.in_turn(None),
            Choice::Steady => replicas.steadily(),
        };
        let Some(first) = first else {
            return of_primary();
        };
        let error = match of_replica(first) {
            Err(error) if may_pass(&error) => error,
            answer => return answer.map(|answer| (answer, false)),
        };
        let server = &replicas.servers[first];
        tracing::debug!(server = server.name, %error, "once more at another server");
        if is_away(&error) {
            server.fail();
        }
        // Whoever stays with one would miss what another has not yet; the primary has all. What one replica gave up
        // for what it has to replay, another one may give up as well; the primary has nothing to replay.
        let has_primary = replicas.has_primary.load(Ordering::Relaxed);
        let next = match self.choice {
            Choice::InTurn if !(is_for_replay(&error) && has_primary) => {
                replicas.in_turn(Some(first))
            }
            _ => None,
        };
        let Some(next) = next else {
            return of_primary();
        };
        match of_replica(next) {
            // It may have been left out since it was chosen, and so not been asked at all.
            Err(StoreError::Unavailable(_)) if has_primary => of_primary(),
            answer => answer.map(|answer| (answer, false)),
        }
    }
}

/// Whether another server may answer what one did not.
fn may_pass(error: &StoreError) -> bool {
    !matches!(error, StoreError::Timeout(_) | StoreError::Cancelled)
}

/// Whether the server is away, and did not only give this statement up.
fn is_away(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_)) && !is_for_replay(error)
}

/// Whether a replica gave this statement up for what it has to replay.
fn is_for_replay(error: &StoreError) -> bool {
    let StoreError::Unavailable(cause) = error else {
        return false;
    };
    matches!(
        cause.downcast_ref::<Error>(),
        Some(Error::DatabaseError(
            DatabaseErrorKind::SerializationFailure,
            _
        ))
    )
}
