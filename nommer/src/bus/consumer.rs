//! Keeps a session with the broker, over as many connections as it takes.

use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::{Connection, ErrorKind};
use metadata::CurrentRules;
use service::Stop;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::bus::connection::{ConnectError, close, connect_from};
use crate::bus::intake::Intake;
use crate::bus::retries::Retries;
use crate::bus::session::{Consumed, Ended, OpenError, Session};
use crate::bus::settle::Unsettled;
use crate::config::settings::{Config, server};
use crate::exit::Exit;
use crate::vitals::Vitals;

/// What consuming takes.
pub struct Consumer<'a> {
    /// The broker and the queues.
    pub config: &'a Config,
    /// What messages mean.
    pub rules: &'a CurrentRules,
    /// Says whether more is to be taken.
    pub intake: &'a Intake,
    /// Is told how it goes.
    pub vitals: &'a Vitals,
    /// Where deliveries go. There is room for all: what is asked for bounds them.
    pub writer: mpsc::UnboundedSender<Consumed>,
    /// Is told the deliveries of the session that runs.
    pub unsettled: watch::Sender<Unsettled>,
}

impl Consumer<'_> {
    /// Consumes until `stop`, and answers the connection over which the last deliveries are to be
    /// settled, if it stands.
    ///
    /// Before the first session, what the broker refuses is refused for good; after it, the
    /// settings have proved right and any refusal may pass, but for a queue that is a stream now.
    pub async fn run(self, stop: &mut Stop) -> Result<Option<Connection>, Exit> {
        let mut retries = Retries::at(&self.config.broker);
        let (mut first, mut next) = (true, 0);
        loop {
            let mut began = None;
            let attempt = self.attempt(first, &mut next, &mut began, stop);
            let reason = match attempt.await? {
                Attempt::Stopped(connection) => return Ok(connection),
                Attempt::Ended(reason) => reason,
            };
            first &= began.is_none();
            if retries.wait(began, &reason, stop).await {
                return Ok(None);
            }
        }
    }

    /// A connection, from its beginning to its end; `next` is the server to try first, and `began` when it began to
    /// consume.
    async fn attempt(
        &self,
        first: bool,
        next: &mut usize,
        began: &mut Option<Instant>,
        stop: &mut Stop,
    ) -> Result<Attempt, Exit> {
        let connected = tokio::select! {
            connected = connect_from(&self.config.broker, next) => connected.map_err(Failure::Connect),
            () = stop.requested() => return Ok(Attempt::Stopped(None)),
        };
        let connection = match connected {
            Ok(connection) => connection,
            Err(failure) => return failure.judge(first).map(Attempt::Ended),
        };
        // It stands before the one that is next then.
        let at = server(&self.config.broker.uris[*next - 1]);
        let reason = match self.consume(&connection, &at, began, stop).await {
            Ok(Ended::Stopped) => return Ok(Attempt::Stopped(Some(connection))),
            Ok(Ended::Lost(reason)) => Ok(reason),
            Ok(Ended::WriterGone) => Err(Exit::Failed("the writer has ended".to_owned())),
            Err(OpenError::Stream(queue)) => Err(Exit::Stream(queue)),
            Err(error) => Failure::Open(error).judge(first),
        };
        // What is left of it must not keep deliveries from the next one.
        close(&connection).await;
        reason.map(Attempt::Ended)
    }

    async fn consume(
        &self,
        connection: &Connection,
        server: &str,
        began: &mut Option<Instant>,
        stop: &mut Stop,
    ) -> Result<Ended, OpenError> {
        let opening = async {
            let mut session =
                Session::open(connection, self.config, (self.intake, self.vitals)).await?;
            // The database may have gone while nothing came.
            self.intake.doubt();
            Ok((session.start().await?, session))
        };
        let (started, mut session) = tokio::select! {
            opened = opening => opened?,
            () = stop.requested() => return Ok(Ended::Stopped),
        };
        if !started {
            return Ok(Ended::Lost("the connection ended".to_owned()));
        }
        *began = Some(Instant::now());
        self.unsettled.send_replace(session.unsettled.clone());
        tracing::info!(
            broker = self.config.broker.name(),
            server,
            prefetch = self.config.most_under_way(),
            "consuming"
        );
        let _consuming = self.vitals.consuming();
        Ok(session.run(self.rules, &self.writer, stop).await)
    }
}

/// What became of a connection.
enum Attempt {
    /// It was to stop. The last deliveries are to be settled over this connection.
    Stopped(Option<Connection>),
    /// It ended, for this reason.
    Ended(String),
}

/// Why there is no session.
pub(super) enum Failure {
    /// The broker cannot be reached, or refuses us.
    Connect(ConnectError),
    /// The queues cannot be consumed.
    Open(OpenError),
}

impl Failure {
    /// Why to try again, or what to end with.
    pub(super) fn judge(self, first: bool) -> Result<String, Exit> {
        if first {
            self.or_exit()
        } else {
            Ok(self.reason())
        }
    }

    fn reason(self) -> String {
        match self {
            Self::Connect(error) => error.to_string(),
            Self::Open(error) => error.to_string(),
        }
    }

    /// What to end with if this is the first attempt, or why to try again.
    fn or_exit(self) -> Result<String, Exit> {
        match self {
            Self::Open(OpenError::NoStream(queue)) => Err(Exit::NoStream(queue)),
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

/// The broker closed the channel and kept the connection, for what does not pass.
fn is_refusal(error: &lapin::Error) -> bool {
    error.is_amqp_soft_error() && !is_out_of_reach(error)
}

/// The queue is there, but its node is away, or its process does not answer. The broker has one code for that and for
/// a queue or an exchange that it does not know, of which it says "no queue".
fn is_out_of_reach(error: &lapin::Error) -> bool {
    let ErrorKind::ProtocolError(error) = error.kind() else {
        return false;
    };
    matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND))
        && !error.get_message().as_str().starts_with("NOT_FOUND - no ")
}

fn is_access_refusal(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error)
        if matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED)))
}
