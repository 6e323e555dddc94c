//! Queues as the broker has them: declared, bound, and found to be of a kind that can be consumed.

use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::protocol::{AMQPErrorKind, AMQPSoftError};
use lapin::types::{FieldTable, ShortString};
use lapin::{Channel, Connection, ErrorKind};

use crate::config::settings::{Binding, Queue};

/// The broker refused to declare or bind a queue: what it was, and why.
pub type Undeclared = (String, lapin::Error);

/// What a queue is called in errors.
pub fn title(queue: &Queue) -> String {
    if queue.name.is_empty() {
        "the anonymous queue".to_owned()
    } else {
        format!("queue {}", queue.name)
    }
}

/// Declares and binds a queue; answers its name, which the broker may have made up.
pub async fn declare(channel: &Channel, queue: &Queue) -> Result<ShortString, Undeclared> {
    let options = QueueDeclareOptions {
        passive: queue.passive,
        durable: queue.durable,
        exclusive: queue.exclusive,
        auto_delete: queue.auto_delete,
        nowait: false,
    };
    let declared = channel
        .queue_declare(queue.name.as_str().into(), options, queue.arguments.clone())
        .await
        .map_err(|error| (title(queue), error))?;
    for binding in &queue.bindings {
        bind(channel, declared.name(), binding)
            .await
            .map_err(|error| {
                let (key, exchange) = (&binding.routing_key, &binding.exchange);
                let what = format!("{}, binding {key:?} of exchange {exchange:?}", title(queue));
                (what, error)
            })?;
    }
    Ok(declared.name().clone())
}

async fn bind(channel: &Channel, queue: &ShortString, binding: &Binding) -> lapin::Result<()> {
    channel
        .queue_bind(
            queue.clone(),
            binding.exchange.as_str().into(),
            binding.routing_key.as_str().into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
}

/// Whether a queue that has a consumer already is a stream. No protocol tells, and headers can be
/// forged; but to ask for a second consumer, exclusively and without a prefetch count, is refused
/// in any case, and for another reason where it is a stream.
pub async fn is_stream(connection: &Connection, queue: &str) -> lapin::Result<bool> {
    let channel = connection.create_channel().await?;
    let exclusive = BasicConsumeOptions {
        exclusive: true,
        ..BasicConsumeOptions::default()
    };
    let asked = channel
        .basic_consume(queue.into(), "".into(), exclusive, FieldTable::default())
        .await;
    match asked {
        Ok(_) => {
            channel.close(200, "".into()).await?;
            Ok(false)
        }
        Err(error) => Ok(is_precondition(&error)),
    }
}

fn is_precondition(error: &lapin::Error) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(error)
        if matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED)))
}
