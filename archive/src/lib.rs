//! The message archive in PostgreSQL: store, search and count messages.
//!
//! This is the only crate that talks SQL. It knows nothing of AMQP or HTTP: [`Writer`] takes
//! [`NewMessage`]s and [`DeadLetter`]s, [`Reader`] answers [`Search`]es. Calls block; asynchronous
//! callers put them on a thread for blocking work.
//!
//! All times are UTC and carried as [`chrono::NaiveDateTime`], as the columns are
//! `timestamp without time zone`; no statement depends on the time zone of the server, the
//! session or the machine.

mod body;
mod connection;
mod counters;
mod dead_letter;
mod dimension;
mod error;
mod known;
mod message;
pub mod migration;
mod plan;
mod reader;
mod row;
#[path = "../../schema.rs"]
#[allow(missing_docs, reason = "printed by diesel")]
mod schema;
mod search;
mod sql;
mod stored_json;
mod writer;

pub use body::{Body, BodyError, valid_json};
pub use connection::{ConnectionOptions, redact};
pub use counters::WrongCounter;
pub use dead_letter::DeadLetter;
pub use error::StoreError;
pub use message::{Identity, Message, NewMessage};
pub use reader::{Page, Reader};
pub use search::{Match, Order, PageRequest, Search, TimeRange};
pub use stored_json::StoredJson;
pub use writer::{Addition, Amended, Extent, Outcome, Position, Selection, Writer};
