//! Publishes to one exchange, and knows of each message whether the broker has it.

use std::collections::VecDeque;

use archive::Position;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Confirmation, Connection, ErrorKind, ExchangeKind, PublisherConfirm};

use crate::bus::connection::{self, ConnectError};
use crate::config::settings::Broker;
use crate::delivery::sent::Sent;
use crate::exit::Exit;

/// So many messages may await the broker's confirmation.
const WINDOW: usize = 200;

/// A connection that publishes.
pub struct Publisher {
    connection: Connection,
    channel: Channel,
    exchange: String,
    unconfirmed: VecDeque<(Position, PublisherConfirm)>,
    /// What the broker has.
    pub confirmed: Confirmed,
}

/// What the broker has confirmed.
#[derive(Clone, Copy, Default)]
pub struct Confirmed {
    /// How many messages.
    pub messages: u64,
    /// How many of them no queue has taken.
    pub unrouted: u64,
    /// The last one in the archive.
    pub last: Option<Position>,
}

impl Publisher {
    /// Connects. The exchange must be there.
    pub async fn open(broker: &Broker, exchange: &str) -> Result<Self, Exit> {
        let connection = connection::connect(broker)
            .await
            .map_err(|error| match error {
                ConnectError::Tls(reason) => Exit::Config(reason),
                ConnectError::Refused(reason) => Exit::Handshake(reason),
                ConnectError::Unreachable(reason) => {
                    Exit::Failed(format!("no connection to {}: {reason}", broker.name()))
                }
            })?;
        let undeclared = |error| Exit::Declare(format!("exchange {exchange}: {error}"));
        let channel = connection.create_channel().await.map_err(undeclared)?;
        let passive = ExchangeDeclareOptions {
            passive: true,
            ..ExchangeDeclareOptions::default()
        };
        // Of one that is there, the kind does not matter.
        channel
            .exchange_declare(
                exchange.into(),
                ExchangeKind::Topic,
                passive,
                FieldTable::default(),
            )
            .await
            .map_err(undeclared)?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(undeclared)?;
        Ok(Self {
            connection,
            channel,
            exchange: exchange.to_owned(),
            unconfirmed: VecDeque::new(),
            confirmed: Confirmed::default(),
        })
    }

    /// Publishes the message at `position`, and waits only where many are not confirmed. An error is the reason why no
    /// more can be published.
    pub async fn publish(&mut self, position: Position, sent: Sent) -> Result<(), String> {
        // The broker tells what no queue takes.
        let options = BasicPublishOptions {
            mandatory: true,
            ..BasicPublishOptions::default()
        };
        let (exchange, key) = (self.exchange.as_str().into(), sent.routing_key.into());
        let published =
            self.channel
                .basic_publish(exchange, key, options, &sent.body, sent.properties);
        let confirm = match published.await {
            Ok(confirm) => confirm,
            Err(error) => return Err(self.told(error).await),
        };
        self.unconfirmed.push_back((position, confirm));
        self.wait_for_all_but(WINDOW).await
    }

    /// Waits until the broker has what was published.
    pub async fn flush(&mut self) -> Result<(), String> {
        self.wait_for_all_but(0).await
    }

    /// Why no more can be published. Where the broker has closed the channel, what awaits its confirmation knows why.
    async fn told(&mut self, error: lapin::Error) -> String {
        while let Some((_, confirm)) = self.unconfirmed.pop_front() {
            if let Err(error) = confirm.await
                && matches!(error.kind(), ErrorKind::ProtocolError(_))
            {
                return self.refused(&error);
            }
        }
        error.to_string()
    }

    fn refused(&self, error: &lapin::Error) -> String {
        match error.kind() {
            ErrorKind::ProtocolError(reason) => {
                format!("exchange {}: {}", self.exchange, reason.get_message())
            }
            _ => error.to_string(),
        }
    }

    /// Ends the connection in order.
    pub async fn close(self) {
        connection::close(&self.connection).await;
    }

    async fn wait_for_all_but(&mut self, most: usize) -> Result<(), String> {
        while self.unconfirmed.len() > most
            && let Some((position, confirm)) = self.unconfirmed.pop_front()
        {
            match confirm.await.map_err(|error| self.refused(&error))? {
                Confirmation::Ack(returned) => {
                    self.confirmed.unrouted += u64::from(returned.is_some());
                }
                Confirmation::Nack(_) => return Err("the broker refuses a message".to_owned()),
                Confirmation::NotRequested => {
                    return Err("the broker does not confirm".to_owned());
                }
            }
            self.confirmed.messages += 1;
            self.confirmed.last = Some(position);
        }
        Ok(())
    }
}
