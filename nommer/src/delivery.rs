//! What came from the broker, and what it is. Nothing here waits for anyone or asks the clock.

mod carried;
pub mod content;
mod content_id;
pub mod decode;
pub mod exported;
pub mod headers;
pub mod kept;
pub mod received;
pub mod restored;
pub mod sent;
pub mod weight;

/// What a delivery is called in the log: its routing key and its id.
pub fn named(topic: &str, id: Option<&str>) -> String {
    format!("{topic} {}", id.unwrap_or("without an id"))
}
