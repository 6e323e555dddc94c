//! Deliveries that cannot be archived.

use chrono::NaiveDateTime;

/// A delivery to put aside whole.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// Why it cannot be archived: a sentence for the operator, without a full stop.
    pub reason: String,
    /// When it came. UTC.
    pub received_at: NaiveDateTime,
    /// The queue it came from.
    pub queue: String,
    /// The exchange it was published to.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// Its AMQP basic properties, headers included; values without a JSON counterpart are tagged.
    pub properties: serde_json::Value,
    /// Its raw bytes.
    pub body: Vec<u8>,
}
