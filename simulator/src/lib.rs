//! Realistic sample traffic of a Fedora-like message bus, for the demo, the tests
//! and the benchmarks.
//!
//! Everything follows from a seed, so who publishes the traffic and who checks the
//! archive can each make it for themselves. No broker is needed to make messages;
//! a [`Publisher`] sends them the way the Python client does.
//!
//! ```
//! let busiest = simulator::messages(1).take(100).filter(|sample| sample.users.contains(&"adamk".to_owned()));
//! assert!(busiest.count() > 0);
//! ```

// `json!` takes a step for each token of a large body.
#![recursion_limit = "256"]

mod applications;
mod event;
mod json;
mod packages;
mod people;
mod popularity;
mod publisher;
mod random;
mod release;
mod sample;
mod scene;
mod story;
mod traffic;
mod walk;
mod words;
mod world;

pub use publisher::Publisher;
pub use random::Random;
pub use sample::Sample;
pub use story::{End, Story};
pub use traffic::{Traffic, messages};
