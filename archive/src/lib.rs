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
mod counts;
mod database;
mod dead_letter;
mod error;
mod message;
mod query;
mod read;
#[path = "../../schema.rs"]
#[allow(missing_docs, reason = "printed by diesel")]
mod schema;
mod search;
mod store;
mod stored_json;
mod upkeep;

pub use body::{Body, BodyError};
pub use database::connection::{ConnectionOptions, redact};
pub use database::migration;
pub use dead_letter::DeadLetter;
pub use error::StoreError;
pub use message::{Identity, Message, NewMessage};
pub use read::reader::{Page, Reader};
pub use search::{Match, Order, PageRequest, Search, TimeRange};
pub use store::amend::{Addition, Amended, Extent, Position, Selection};
pub use store::writer::{Outcome, Writer};
pub use stored_json::StoredJson;
pub use upkeep::counters::WrongCounter;
