//! What all requests share.

use std::time::{Instant, SystemTime};

use actix_web::web::{self, Data};
use archive::{ConnectionOptions, Reader, StoreError};
use metadata::CurrentRules;

use crate::config::Config;
use crate::config::Limits;
use crate::cors_rules::CorsRules;
use crate::reply::error::ApiError;

/// Settings, the archive and the rules.
pub struct State {
    /// How the program was set up.
    pub config: Config,
    /// Which sites may read answers.
    pub cors: CorsRules,
    /// What messages mean; a request takes them once and keeps to them.
    pub rules: CurrentRules,
    /// When the program started.
    pub started: SystemTime,
    reader: Reader,
}

impl State {
    /// Does not connect: the database may be away.
    pub fn new(config: Config) -> anyhow::Result<Self> {
        let reader = Reader::new(&ConnectionOptions {
            url: config.database_url.reveal().to_owned(),
            application_name: "grepper",
            pool_size: config.pool_size,
            checkout_timeout: config.checkout_timeout,
            statement_timeout: Some(config.statement_timeout),
            read_only: true,
        });
        let rules = CurrentRules::load(config.rules.clone())?;
        Ok(Self {
            cors: CorsRules::new(&config)?,
            rules,
            started: SystemTime::now(),
            reader,
            config,
        })
    }

    /// What requests may ask for.
    pub fn limits(&self) -> Limits {
        self.config.limits()
    }
}

/// Runs `work`, which may block, on a thread for that.
///
/// There are as many of these threads as connections. A request that waited too long for one is
/// given up: its client has mostly gone, and work for it would delay the others.
pub async fn ask<T: Send + 'static>(
    state: &Data<State>,
    work: impl FnOnce(&State, &Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let asked = Instant::now();
    let state = state.clone();
    let answer = web::block(move || {
        let patience = state.config.checkout_timeout;
        if asked.elapsed() > patience {
            tracing::warn!(
                ms = asked.elapsed().as_millis() as u64,
                "too many requests at once: one was given up"
            );
            return Err(ApiError::Unavailable);
        }
        work(&state, &state.reader).map_err(ApiError::from)
    });
    answer.await.unwrap_or_else(|_| {
        tracing::error!("a request was given up because its thread panicked");
        Err(ApiError::Internal)
    })
}
