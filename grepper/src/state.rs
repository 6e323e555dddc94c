//! What all requests share, and how they ask the archive.

pub mod admission;
pub mod budget;
pub mod client_address;
pub mod feeder;
pub mod flights;
pub mod guard;
pub mod interest;
pub mod interested;
pub mod lately;
pub mod lists;
pub mod looks;
pub mod metrics;
pub mod pulse;
pub mod rates;
pub mod recipient;
pub mod remembered;
pub mod roads;
pub mod room;
pub mod views;
pub mod waiters;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use actix_web::web::{self, Data};
use anyhow::Context;
use archive::{
    Address, Caller, ConnectionOptions, Connections, Hidden, MemoryUse, Reader, Replicas, Server,
    StoreError,
};
use metadata::CurrentRules;

use crate::config::Config;
use crate::config::Limits;
use crate::cors_rules::CorsRules;
use crate::reply::error::ApiError;
use crate::reply::seldom::Seldom;
use crate::state::admission::{Admission, Cost, Turn};
use crate::state::budget::Budget;
use crate::state::feeder::Audience;
use crate::state::lists::Lists;
use crate::state::metrics::Metrics;
use crate::state::pulse::LastPulse;
use crate::state::rates::Rates;
use crate::state::waiters::Waiters;

/// How long the database may take to say that it is there.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// Whoever asks and leaves decides how often that is.
static GONE: Seldom = Seldom::new();
/// What was asked too much, by its [`Cost`].
static REFUSED: [Seldom; 4] = [const { Seldom::new() }; 4];

/// Settings, the archive and the rules.
pub struct State {
    /// How the program was set up.
    pub config: Arc<Config>,
    /// Which sites may read answers.
    pub cors: Arc<CorsRules>,
    /// What messages mean; a request takes them once and keeps to them.
    pub rules: Arc<CurrentRules>,
    /// When the program started.
    pub started: SystemTime,
    /// Room for answers that are under way.
    pub budget: Arc<Budget>,
    /// How often clients ask, if that is limited.
    pub rates: Option<Arc<Rates>>,
    /// What requests came to.
    pub metrics: Metrics,
    /// Who waits for messages.
    pub waiters: Arc<Waiters>,
    /// Whom the database is looked at for, and what is remembered for as long as nothing comes.
    pub audience: Arc<Audience>,
    /// How lively the archive was found last.
    pub pulse: LastPulse,
    /// Lists of names as they were lately.
    pub lists: Lists,
    /// Those that are asked in place of the database.
    replicas: Option<Arc<Replicas>>,
    requests: Access,
    /// A connection apart from those of requests: these may all be taken while all is well.
    probe: Access,
}

/// Connections to the archive and the turns to use them.
#[derive(Clone)]
struct Access {
    reader: Reader,
    admission: Arc<Admission>,
}

impl Access {
    fn new(options: &ConnectionOptions, replicas: Option<&Arc<Replicas>>) -> Self {
        Self {
            reader: Reader::with_replicas(options, replicas),
            admission: Arc::new(Admission::new(options.pool_size)),
        }
    }

    /// These connections and turns, for those for whom some messages do not exist.
    fn hiding(&self, hidden: &Hidden) -> Self {
        Self {
            reader: self.reader.hiding(hidden.clone()),
            admission: self.admission.clone(),
        }
    }
}

impl State {
    /// Does not connect: the database may be away.
    pub fn new(config: Config) -> anyhow::Result<Self> {
        let options = connection_options(&config);
        let probe = ConnectionOptions {
            pool_size: 1,
            checkout_timeout: PROBE_TIMEOUT,
            statement_timeout: Some(PROBE_TIMEOUT),
            ..options.clone()
        };
        let replicas = replicas(&config, &options).context("no thread to look at replicas")?;
        let known = replicas.as_ref();
        let (audience, waiters) = audience(&config, known, Hidden::default())?;
        let rules = CurrentRules::load(config.rules.clone())?;
        Ok(Self {
            cors: Arc::new(CorsRules::new(&config)?),
            rules: Arc::new(rules),
            started: SystemTime::now(),
            budget: Arc::new(Budget::new(config.answer_room)),
            rates: config.rate_limit.map(Rates::new).map(Arc::new),
            metrics: Metrics::default(),
            waiters,
            audience,
            pulse: LastPulse::default(),
            lists: Lists::default(),
            requests: Access::new(&options, known),
            probe: Access::new(&probe, known),
            replicas,
            config: Arc::new(config),
        })
    }

    /// This state for those for whom some messages do not exist: limits, connections and turns are shared, and all
    /// that was read is remembered apart.
    pub fn hiding(&self, hidden: &Hidden) -> anyhow::Result<Self> {
        let (audience, waiters) = audience(&self.config, self.replicas.as_ref(), hidden.clone())?;
        Ok(Self {
            config: self.config.clone(),
            cors: self.cors.clone(),
            rules: self.rules.clone(),
            started: self.started,
            budget: self.budget.clone(),
            rates: self.rates.clone(),
            metrics: self.metrics.clone(),
            waiters,
            audience,
            pulse: LastPulse::default(),
            lists: Lists::default(),
            replicas: self.replicas.clone(),
            requests: self.requests.hiding(hidden),
            probe: self.probe.clone(),
        })
    }

    /// How many requests have their turn to ask the database.
    pub fn turns_taken(&self) -> u64 {
        let free = self.requests.admission.free() as u64;
        u64::from(self.config.pool_size).saturating_sub(free)
    }

    /// How many connections requests have to each database.
    pub fn connections(&self) -> Vec<(String, Connections)> {
        let names = [self.database()].into_iter();
        let names = names.chain(self.replicas().map(|server| server.name.clone()));
        names.zip(self.requests.reader.connections()).collect()
    }

    /// The database, without user and password.
    pub fn database(&self) -> String {
        let address = Address::parse(self.config.database_url.reveal());
        address.map_or_else(|_| String::new(), |address| address.place())
    }

    /// Those that are asked in its place.
    pub fn replicas(&self) -> impl Iterator<Item = &Arc<Server>> {
        self.replicas.iter().flat_map(|replicas| &replicas.servers)
    }

    /// How what is remembered of the archive fares, each with its name.
    pub fn memories(&self) -> [(&'static str, MemoryUse); 3] {
        self.requests.reader.memories()
    }

    /// What requests may ask for.
    pub fn limits(&self) -> Limits {
        self.config.limits()
    }
}

/// How the archive is asked for requests.
fn connection_options(config: &Config) -> ConnectionOptions {
    ConnectionOptions {
        url: config.database_url.reveal().to_owned(),
        application_name: "grepper",
        pool_size: config.pool_size,
        checkout_timeout: config.checkout_timeout,
        statement_timeout: Some(config.statement_timeout),
        read_only: true,
    }
}

/// What is known of the replicas, if there are any.
fn replicas(
    config: &Config,
    options: &ConnectionOptions,
) -> std::io::Result<Option<Arc<Replicas>>> {
    let urls = config.replica_urls.iter();
    let urls: Vec<_> = urls.map(|url| url.reveal().to_owned()).collect();
    let is_alone = urls.is_empty();
    let watch = || Replicas::watch(options, urls, config.max_lag);
    (!is_alone).then(watch).transpose()
}

/// Those who wait for messages, and what is looked at for them.
fn audience(
    config: &Config,
    replicas: Option<&Arc<Replicas>>,
    hidden: Hidden,
) -> anyhow::Result<(Arc<Audience>, Arc<Waiters>)> {
    let audience = Arc::<Audience>::default();
    let waiters = Waiters::new(
        config.waiters,
        audience.interested.clone(),
        audience.looks.clone(),
    );
    feeder::start(&audience, &connection_options(config), replicas, hidden)
        .context("no thread to look for messages")?;
    Ok((audience, Arc::new(waiters)))
}

/// A request that waits for the database. Dropped before that is over, because its client has gone,
/// it ends what runs there.
struct Waiting {
    caller: Caller,
    is_over: bool,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.is_over {
            if let Some(times) = GONE.happened() {
                tracing::info!(times, "a client has gone: its query is given up");
            }
            self.caller.cancel();
        }
    }
}

/// Runs `work`, which may block, on a thread for that, when it is its turn. To wait for that and then
/// for a connection, there is the time that the site sets.
pub async fn ask<T: Send + 'static>(
    state: &Data<State>,
    cost: Cost,
    work: impl FnOnce(&State, &Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    ask_within(state, cost, state.config.checkout_timeout, work).await
}

/// Runs `work` as [`ask`] does, for an answer that has begun: it waits longer, as it cannot be refused
/// any more.
pub async fn ask_further<T: Send + 'static>(
    state: &Data<State>,
    cost: Cost,
    work: impl FnOnce(&State, &Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let patience = budget::PATIENCE.max(state.config.checkout_timeout);
    ask_within(state, cost, patience, work).await
}

/// Runs `work` as [`ask`] does, for a client that waits until then anyway, or a minute of it.
pub async fn ask_awaited<T: Send + 'static>(
    state: &Data<State>,
    cost: Cost,
    until: tokio::time::Instant,
    work: impl FnOnce(&State, &Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let left = until.saturating_duration_since(tokio::time::Instant::now());
    let patience = left
        .min(budget::PATIENCE)
        .max(state.config.checkout_timeout);
    // What wakes it was found at one server, and another one may not have it yet.
    let work = move |state: &State, reader: &Reader| work(state, &reader.steady());
    ask_within(state, cost, patience, work).await
}

async fn ask_within<T: Send + 'static>(
    state: &Data<State>,
    cost: Cost,
    patience: Duration,
    work: impl FnOnce(&State, &Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let shared = state.clone();
    let until = Instant::now() + patience;
    let caller = Caller::until(until);
    let reader = state.requests.reader.on_behalf_of(&caller);
    let mut waiting = Waiting {
        caller,
        is_over: false,
    };
    let turn = state.requests.admission.turn(cost, until.into());
    let answer = run(turn.await, cost, move || work(&shared, &reader)).await;
    waiting.is_over = true;
    answer
}

/// Whether the database answers, however busy it and we are.
pub async fn probe(state: &Data<State>) -> Result<(), ApiError> {
    let until = Instant::now() + PROBE_TIMEOUT;
    let reader = state.probe.reader.on_behalf_of(&Caller::until(until));
    let turn = state.probe.admission.turn(Cost::Ordinary, until.into());
    run(turn.await, Cost::Ordinary, move || reader.ping()).await
}

/// How far the database is behind the one that it follows; `None` also while it does not answer.
pub async fn replica_lag(state: &Data<State>) -> Option<Duration> {
    let until = Instant::now() + PROBE_TIMEOUT;
    let reader = state.probe.reader.on_behalf_of(&Caller::until(until));
    web::block(move || reader.replica_lag()).await.ok()?.ok()?
}

/// Runs `work` in its turn, if it got one.
async fn run<T: Send + 'static>(
    turn: Option<Turn>,
    cost: Cost,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let Some(turn) = turn else {
        if let Some(times) = REFUSED[cost as usize].happened() {
            tracing::warn!(?cost, times, "too many requests at once: one was given up");
        }
        return Err(ApiError::Unavailable);
    };
    let span = tracing::Span::current();
    let answer = web::block(move || {
        let _entered = span.enter();
        // The thread has the turn for as long as it works, also if nobody waits for it any more.
        let turn = turn;
        let found = work();
        if matches!(found, Err(StoreError::Cancelled)) {
            turn.linger();
        }
        found.map_err(ApiError::from)
    });
    answer.await.unwrap_or_else(|_| {
        tracing::error!("a request was given up because its thread panicked");
        Err(ApiError::Internal)
    })
}
