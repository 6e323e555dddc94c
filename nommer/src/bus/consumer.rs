//! Keeps a session with the broker, over as many connections as it takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::{Connection, ErrorKind};
use metadata::CurrentRules;
use service::Stop;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::backoff;
use crate::bus::connection::{ConnectError, connect};
use crate::bus::pressure::{Gauge, Inflow};
use crate::bus::session::{Ended, OpenError, Session};
use crate::config::Config;
use crate::exit::Exit;
use crate::ingest::writer::Received;

/// A session that lasted so long was a success: the next pause is short again.
const STABLE: Duration = Duration::from_secs(5);

/// Knows how many deliveries of the current session are not settled.
#[derive(Clone, Default)]
pub struct Unsettled(Arc<Mutex<Arc<AtomicU64>>>);

impl Unsettled {
    /// How many now.
    pub fn count(&self) -> u64 {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .load(Ordering::Relaxed)
    }

    fn follow(&self, session: &Session) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = session.unsettled.clone();
    }
}

/// Consumes until `stop`, and answers the connection over which the last deliveries are to be
/// settled, if it stands.
///
/// Before the first session, what the broker refuses is refused for good; after it, the settings
/// have proved right and any refusal may pass.
pub async fn run(
    config: &Config,
    rules: &CurrentRules,
    writer: mpsc::Sender<Received>,
    (unsettled, gauge): (&Unsettled, &Gauge),
    stop: &mut Stop,
) -> Result<Option<Connection>, Exit> {
    let mut backoff = backoff::broker();
    let mut first = true;
    loop {
        let started = Instant::now();
        let opened = tokio::select! {
            opened = open(config, gauge) => opened,
            () = stop.requested() => return Ok(None),
        };
        let reason = match opened {
            Ok((connection, mut session)) => {
                first = false;
                unsettled.follow(&session);
                tracing::info!(
                    broker = config.broker.name(),
                    prefetch = config.prefetch_count,
                    "consuming"
                );
                match session.run(rules, &writer, stop).await {
                    Ended::Stopped => return Ok(Some(connection)),
                    Ended::WriterGone => {
                        return Err(Exit::Failed("the writer has ended".to_owned()));
                    }
                    Ended::Lost(reason) => {
                        if started.elapsed() >= STABLE {
                            backoff.reset();
                        }
                        // What is left of it must not keep deliveries from the next one.
                        let _ = tokio::time::timeout(
                            Duration::from_secs(2),
                            connection.close(200, "".into()),
                        )
                        .await;
                        reason
                    }
                }
            }
            Err(failure) if first => failure.or_exit()?,
            Err(failure) => failure.reason(),
        };
        let pause = backoff.pause();
        tracing::warn!(
            broker = config.broker.name(),
            reason,
            retry_ms = pause.as_millis() as u64,
            "not consuming: will connect again"
        );
        if stop.sleep(pause).await {
            return Ok(None);
        }
    }
}

/// Why there is no session.
enum Failure {
    Connect(ConnectError),
    Open(OpenError),
}

async fn open(config: &Config, gauge: &Gauge) -> Result<(Connection, Session), Failure> {
    let inflow = Inflow::new(gauge);
    let connection = connect(&config.broker, inflow.clone())
        .await
        .map_err(Failure::Connect)?;
    match Session::open(&connection, &config.queues, config.prefetch_count, inflow).await {
        Ok(session) => Ok((connection, session)),
        Err(error) => {
            let _ = tokio::time::timeout(Duration::from_secs(2), connection.close(200, "".into()))
                .await;
            Err(Failure::Open(error))
        }
    }
}

impl Failure {
    fn reason(self) -> String {
        match self {
            Self::Connect(error) => error.to_string(),
            Self::Open(error) => error.to_string(),
        }
    }

    /// What to end with if this is the first attempt, or why to try again.
    fn or_exit(self) -> Result<String, Exit> {
        match self {
            Self::Connect(ConnectError::Tls(reason)) => Err(Exit::Config(reason)),
            Self::Connect(ConnectError::Refused(reason)) => Err(Exit::Handshake(reason)),
            Self::Open(OpenError::Declare(what, error)) if is_refusal(&error) => {
                Err(Exit::Declare(format!("{what}: {error}")))
            }
            Self::Open(OpenError::Consume(what, error)) if is_access_refusal(&error) => {
                Err(Exit::Forbidden(format!("{what}: {error}")))
            }
            Self::Open(OpenError::Consume(what, error)) if is_refusal(&error) => {
                Err(Exit::Consume(format!("{what}: {error}")))
            }
            other => Ok(other.reason()),
        }
    }
}

/// The broker closed the channel and kept the connection.
fn is_refusal(error: &lapin::Error) -> bool {
    error.is_amqp_soft_error()
}

fn is_access_refusal(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error)
        if matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)))
}
