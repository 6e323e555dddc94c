//! What came from the broker, and what it is. Nothing here waits for anyone or asks the clock.

pub mod content;
mod content_id;
pub mod decode;
pub mod headers;
pub mod received;
pub mod restored;
pub mod weight;
