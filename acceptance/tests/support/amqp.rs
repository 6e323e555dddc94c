//! A publisher that sends any delivery, also those that no decent client would.

use lapin::options::{
    BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, DecimalValue, FieldArray, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ExchangeKind};
use serde_json::Value;

pub struct Publisher {
    runtime: tokio::runtime::Runtime,
    connection: Connection,
    channel: Channel,
    exchange: &'static str,
}

impl Publisher {
    pub fn connect(url: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (connection, channel) = runtime.block_on(async {
            let connection = Connection::connect(url, ConnectionProperties::default())
                .await
                .expect("connected");
            let channel = connection.create_channel().await.expect("a channel");
            channel
                .confirm_select(ConfirmSelectOptions::default())
                .await
                .expect("confirm mode");
            (connection, channel)
        });
        Self {
            runtime,
            connection,
            channel,
            exchange: "amq.topic",
        }
    }

    /// Publishes from now on to an exchange that is made for it, of which the other tests have nothing.
    pub fn apart(self, exchange: &'static str) -> Self {
        let declared = self.channel.exchange_declare(
            exchange.into(),
            ExchangeKind::Topic,
            ExchangeDeclareOptions::default(),
            FieldTable::default(),
        );
        self.runtime.block_on(declared).expect("declared");
        Self { exchange, ..self }
    }

    /// Publishes and waits until the broker has it.
    pub fn publish(&self, routing_key: &str, properties: BasicProperties, body: &[u8]) {
        self.publish_all([(routing_key.to_owned(), properties, body.to_vec())]);
    }

    /// Publishes one after the other and waits for all of them.
    pub fn publish_all(
        &self,
        deliveries: impl IntoIterator<Item = (String, BasicProperties, Vec<u8>)>,
    ) {
        self.runtime.block_on(async {
            let mut confirms = Vec::new();
            for (routing_key, properties, body) in deliveries {
                let confirm = self
                    .channel
                    .basic_publish(
                        self.exchange.into(),
                        routing_key.as_str().into(),
                        BasicPublishOptions::default(),
                        &body,
                        properties,
                    )
                    .await
                    .expect("published");
                confirms.push(confirm);
            }
            for confirm in confirms {
                confirm.await.expect("confirmed");
            }
        });
    }

    /// Declares a stream and binds it to `amq.topic`.
    pub fn declare_stream(&self, queue: &str, routing_key: &str) {
        self.declare_short_stream(queue, routing_key, &[]);
    }

    /// Declares a stream that keeps no more than its arguments say.
    pub fn declare_short_stream(&self, queue: &str, routing_key: &str, limits: &[(&str, i64)]) {
        let mut stream = FieldTable::default();
        stream.insert(
            "x-queue-type".into(),
            AMQPValue::LongString("stream".into()),
        );
        for (name, limit) in limits {
            stream.insert((*name).into(), AMQPValue::LongLongInt(*limit));
        }
        let durable = QueueDeclareOptions {
            durable: true,
            ..QueueDeclareOptions::default()
        };
        self.runtime.block_on(async {
            self.channel
                .queue_declare(queue.into(), durable, stream)
                .await
                .expect("declared");
            self.channel
                .queue_bind(
                    queue.into(),
                    "amq.topic".into(),
                    routing_key.into(),
                    QueueBindOptions::default(),
                    FieldTable::default(),
                )
                .await
                .expect("bound");
        });
    }

    pub fn close(self) {
        self.runtime
            .block_on(async { self.connection.close(200, "done".into()).await })
            .expect("closed");
    }
}

/// The properties of a decent message.
pub fn properties(message_id: &str, sent_at: Option<&str>) -> BasicProperties {
    let mut headers = serde_json::json!({"fedora_messaging_schema": "base.message", "fedora_messaging_severity": 20, "priority": 0});
    if let Some(sent_at) = sent_at {
        headers["sent-at"] = sent_at.into();
    }
    from_json(&serde_json::json!({
        "content_type": "application/json", "content_encoding": "utf-8", "delivery_mode": 2,
        "message_id": message_id, "headers": headers,
    }))
}

/// Properties from JSON; values without a JSON counterpart are tagged as the golden data does.
pub fn from_json(json: &Value) -> BasicProperties {
    let text = |name: &str| json[name].as_str().map(ShortString::from);
    let number = |name: &str| {
        json[name]
            .as_u64()
            .map(|number| u8::try_from(number).expect("an octet"))
    };
    let mut properties = BasicProperties::default();
    if let Some(value) = text("content_type") {
        properties = properties.with_content_type(value);
    }
    if let Some(value) = text("content_encoding") {
        properties = properties.with_content_encoding(value);
    }
    if let Some(value) = text("message_id") {
        properties = properties.with_message_id(value);
    }
    if let Some(value) = number("delivery_mode") {
        properties = properties.with_delivery_mode(value);
    }
    if let Some(value) = number("priority") {
        properties = properties.with_priority(value);
    }
    if let Value::Object(headers) = &json["headers"] {
        properties = properties.with_headers(table(headers));
    }
    properties
}

fn table(members: &serde_json::Map<String, Value>) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in members {
        table.insert(name.as_str().into(), field(value));
    }
    table
}

fn field(value: &Value) -> AMQPValue {
    match value {
        Value::Null => AMQPValue::Void,
        Value::Bool(value) => AMQPValue::Boolean(*value),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => {
                i32::try_from(integer).map_or(AMQPValue::LongLongInt(integer), AMQPValue::LongInt)
            }
            None => AMQPValue::Double(number.as_f64().expect("a number")),
        },
        Value::String(text) => AMQPValue::LongString(text.as_str().into()),
        Value::Array(items) => AMQPValue::FieldArray(FieldArray::from(
            items.iter().map(field).collect::<Vec<_>>(),
        )),
        Value::Object(members) => {
            tagged(members).unwrap_or_else(|| AMQPValue::FieldTable(table(members)))
        }
    }
}

fn tagged(members: &serde_json::Map<String, Value>) -> Option<AMQPValue> {
    let (tag, value) = members.iter().next()?;
    Some(match tag.as_str() {
        "$timestamp" => AMQPValue::Timestamp(value.as_u64()?),
        // A long string that is no UTF-8 is what a Python client takes for bytes too.
        "$bytes_hex" => AMQPValue::LongString(LongString::from(bytes(value.as_str()?))),
        "$decimal" => AMQPValue::DecimalValue(DecimalValue {
            scale: 2,
            value: 12345,
        }),
        "$float" => AMQPValue::Double(value.as_str()?.parse().ok()?),
        _ => return None,
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex"))
        .collect()
}
