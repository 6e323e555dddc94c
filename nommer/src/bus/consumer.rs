//! Keeps a session with the broker, over as many connections as it takes.

use std::time::Duration;

use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::{Connection, ErrorKind};
use metadata::CurrentRules;
use service::Stop;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::backoff;
use crate::bus::connection::{ConnectError, close, connect};
use crate::bus::pressure::{Gauge, Inflow};
use crate::bus::session::{Consumed, Ended, OpenError, Session};
use crate::bus::settle::Unsettled;
use crate::config::settings::Config;
use crate::exit::Exit;

/// A session that lasted so long was a success: the next pause is short again.
const STABLE: Duration = Duration::from_secs(5);

/// What consuming takes.
pub struct Consumer<'a> {
    /// The broker and the queues.
    pub config: &'a Config,
    /// What messages mean.
    pub rules: &'a CurrentRules,
    /// Bounds the bytes that are held.
    pub gauge: &'a Gauge,
    /// Where deliveries go. There should be room for all that the broker may send, so that
    /// a session ends when its connection does.
    pub writer: mpsc::Sender<Consumed>,
    /// Is told the deliveries of the session that runs.
    pub unsettled: watch::Sender<Unsettled>,
}

impl Consumer<'_> {
    /// Consumes until `stop`, and answers the connection over which the last deliveries are to be
    /// settled, if it stands.
    ///
    /// Before the first session, what the broker refuses is refused for good; after it, the
    /// settings have proved right and any refusal may pass.
    pub async fn run(self, stop: &mut Stop) -> Result<Option<Connection>, Exit> {
        let mut backoff = backoff::broker();
        let mut first = true;
        loop {
            let started = Instant::now();
            let opened = tokio::select! {
                opened = open(self.config, self.gauge) => opened,
                () = stop.requested() => return Ok(None),
            };
            let reason = match opened {
                Ok((connection, session)) => {
                    first = false;
                    match self.consume(session, stop).await {
                        Ended::Stopped => return Ok(Some(connection)),
                        Ended::WriterGone => {
                            return Err(Exit::Failed("the writer has ended".to_owned()));
                        }
                        Ended::Lost(reason) => {
                            if started.elapsed() >= STABLE {
                                backoff.reset();
                            }
                            // What is left of it must not keep deliveries from the next one.
                            close(&connection).await;
                            reason
                        }
                    }
                }
                Err(failure) if first => failure.or_exit()?,
                Err(failure) => failure.reason(),
            };
            let pause = backoff.pause();
            tracing::warn!(
                broker = self.config.broker.name(),
                reason,
                retry_ms = pause.as_millis() as u64,
                "not consuming: will connect again"
            );
            if stop.sleep(pause).await {
                return Ok(None);
            }
        }
    }

    async fn consume(&self, mut session: Session, stop: &mut Stop) -> Ended {
        self.unsettled.send_replace(session.unsettled.clone());
        tracing::info!(
            broker = self.config.broker.name(),
            prefetch = self.config.prefetch_count,
            "consuming"
        );
        session.run(self.rules, &self.writer, stop).await
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
            close(&connection).await;
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
