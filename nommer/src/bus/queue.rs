//! Queues as the broker has them: declared and bound.

use lapin::options::{QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{Channel, Connection};

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

/// Whether the settings say that a queue has a single active consumer.
pub fn has_single_consumer(queue: &Queue) -> bool {
    let arguments = queue.arguments.inner();
    arguments.get("x-single-active-consumer") == Some(&AMQPValue::Boolean(true))
}

/// What waits in a queue.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// How many messages are ready to be delivered.
    pub ready: u64,
    /// How many consume.
    pub consumers: u64,
}

/// Asks for the depth of a queue. Changes nothing, but fails where the queue is not there.
pub async fn depth(connection: &Connection, name: &str) -> lapin::Result<Depth> {
    // A channel of its own, as a queue that is not there closes it.
    let channel = connection.create_channel().await?;
    let options = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let queue = channel
        .queue_declare(name.into(), options, FieldTable::default())
        .await?;
    Ok(Depth {
        ready: queue.message_count().into(),
        consumers: queue.consumer_count().into(),
    })
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
