//! Looks again and again how full the queues are, whether anything is consumed or not.

use std::collections::BTreeMap;
use std::time::Duration;

use lapin::Connection;
use service::Stop;
use tokio::time::Instant;

use crate::bus::connection::{close, connect_from};
use crate::bus::limits::Limits;
use crate::bus::management::Asker;
use crate::bus::outlook::{History, Waiting};
use crate::bus::queue::{self, Depth};
use crate::config::settings::{Broker, Config, Queue};
use crate::vitals::Vitals;
use crate::vitals::queues::Delivered;
use crate::vitals::report::QueueReport;

/// As often as those who watch look.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15);

/// Looks at the queues.
pub struct Filling {
    source: Teller,
    /// With the limits that the settings tell.
    queues: Vec<(String, Limits)>,
    seen: BTreeMap<String, History>,
    vitals: Vitals,
    /// Whether it could not be looked last.
    fails: bool,
}

/// Who tells what waits.
enum Teller {
    /// The management API, which also tells the limits.
    Management(Asker),
    /// AMQP, over a connection of its own: that of the session is there only while the database takes messages.
    Broker(Box<Link>),
}

/// A connection that is made when it is needed.
struct Link {
    broker: Broker,
    kept: Option<Connection>,
    /// The server to try next.
    server: usize,
}

impl Filling {
    /// `None` where nobody tells any limit: without the management API, only the settings can.
    pub fn of(config: &Config, vitals: &Vitals) -> Result<Option<Self>, String> {
        // One that the broker names is known to who declared it only.
        let named = config.queues.iter().filter(|queue| !queue.name.is_empty());
        let limits = |queue: &Queue| (queue.name.clone(), Limits::of_arguments(&queue.arguments));
        let mut queues: Vec<(String, Limits)> = named.map(limits).collect();
        let source = match &config.management {
            Some(management) => {
                Teller::Management(Asker::new(management, &config.broker.uri().vhost)?)
            }
            None => {
                queues.retain(|(_, limits)| !limits.are_none());
                Teller::Broker(Box::new(Link {
                    broker: config.broker.clone(),
                    kept: None,
                    server: 0,
                }))
            }
        };
        Ok((!queues.is_empty()).then(|| Self {
            source,
            queues,
            seen: BTreeMap::new(),
            vitals: vitals.clone(),
            fails: false,
        }))
    }

    /// Looks until `stop`.
    pub async fn watch(mut self, mut stop: Stop) {
        loop {
            let found = tokio::select! {
                found = self.look() => found,
                () = stop.requested() => break,
            };
            self.tell(found);
            if stop.sleep(BETWEEN_LOOKS).await {
                break;
            }
        }
        if let Teller::Broker(link) = &self.source
            && let Some(connection) = &link.kept
        {
            close(connection).await;
        }
    }

    fn tell(&mut self, found: Result<Vec<QueueReport>, String>) {
        let error = found.as_ref().err().cloned();
        // What is not known any more is better told than what was so.
        self.vitals.queues_are(found.unwrap_or_default());
        match error {
            Some(error) if !self.fails => {
                self.fails = true;
                tracing::warn!(error, "it is not known how full the queues are");
            }
            None if self.fails => {
                self.fails = false;
                tracing::info!("it is known again how full the queues are");
            }
            _ => {}
        }
    }

    async fn look(&mut self) -> Result<Vec<QueueReport>, String> {
        let mut reports = Vec::new();
        for (name, of_settings) in &self.queues {
            let taken = self.vitals.taken(name);
            let (waiting, limits) = self.source.ask(name, taken).await?;
            let limits = limits.and(*of_settings);
            let history = self.seen.entry(name.clone()).or_default();
            history.note(Instant::now(), waiting, taken.messages);
            let outlook = history.outlook(limits);
            reports.push(QueueReport {
                name: name.clone(),
                ready: waiting.messages,
                fullness: outlook.map(|outlook| outlook.fullness),
                loss_in_seconds: outlook.and_then(|outlook| outlook.loss_in),
            });
        }
        Ok(reports)
    }
}

impl Teller {
    /// What waits in a queue, and the limits that are told with that.
    async fn ask(&mut self, queue: &str, taken: Delivered) -> Result<(Waiting, Limits), String> {
        match self {
            Self::Management(asker) => {
                let (asker, queue) = (asker.clone(), queue.to_owned());
                let asked = tokio::task::spawn_blocking(move || asker.ask(&queue));
                asked.await.map_err(|error| error.to_string())?
            }
            Self::Broker(link) => {
                let waiting = link.depth(queue).await?;
                // Those that wait are taken to be as large as those that came.
                let bytes = |messages| {
                    u128::from(taken.bytes) * u128::from(messages) / u128::from(taken.messages)
                };
                let bytes = (taken.messages > 0).then(|| bytes(waiting) as u64);
                let waiting = Waiting {
                    messages: waiting,
                    bytes,
                };
                Ok((waiting, Limits::default()))
            }
        }
    }
}

impl Link {
    /// How many messages wait. A server that cannot tell is followed by the next one.
    async fn depth(&mut self, queue: &str) -> Result<u64, String> {
        let Self { broker, server, .. } = self;
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", broker.name());
        let kept = self.kept.take().filter(|kept| kept.status().connected());
        let connection = match kept {
            Some(connection) => connection,
            None => {
                let connected = connect_from(broker, server).await;
                connected.map_err(|error| told(&error))?
            }
        };
        match queue::depth(&connection, queue).await {
            Ok(Depth { ready, .. }) => {
                self.kept = Some(connection);
                Ok(ready)
            }
            Err(error) => {
                close(&connection).await;
                Err(format!("queue {queue}: {error}"))
            }
        }
    }
}
