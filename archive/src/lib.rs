//! The message archive in PostgreSQL: store, search and count messages.
//!
//! This is the only crate that talks SQL. It knows nothing of AMQP or HTTP: [`Writer`] takes
//! [`NewMessage`]s and [`DeadLetter`]s, [`Reader`] answers [`Search`]es. Calls block; asynchronous
//! callers put them on a thread for blocking work.
//!
//! All times are UTC and carried as [`chrono::NaiveDateTime`], as the columns are
//! `timestamp without time zone`; no statement depends on the time zone of the server, the
//! session or the machine.

// The vocabulary, which imports nothing of the rest. The folders after it stand in the order of
// reading and of imports.
mod aggregation;
mod arrival;
mod body;
mod bounded;
mod dead_letter;
mod dimension;
mod error;
mod hidden;
mod inquiry;
mod message;
mod on_bus;
mod position;
#[path = "../../schema.rs"]
#[allow(missing_docs, reason = "printed by diesel")]
mod schema;
mod search;
mod span;
mod stored_json;
mod subject;
mod topic_class;

mod database;

mod query;

mod counts;

mod read;

mod store;

mod upkeep;

pub mod adopt;

pub use aggregation::{Aggregate, Aggregation, Group, GroupBy, Newest};
pub use arrival::{Arrival, News};
pub use body::{Body, BodyError};
pub use bounded::MemoryUse;
pub use database::address::{Address, AddressError, redact};
pub use database::connection::{ConnectionOptions, Connections};
pub use database::migration;
pub use database::origin::Origin;
pub use database::ownership::wrong_role;
pub use database::plan::{PlannedMigration, PlannedWork, plan as plan_migrations};
pub use database::roles::{Roles, RolesError, RolesPlan};
pub use database::server::Server;
pub use database::servers::Replicas;
pub use database::watch::Caller;
pub use dead_letter::DeadLetter;
pub use dimension::{Dimension, Filters, Match};
pub use error::StoreError;
pub use hidden::Hidden;
pub use inquiry::{Excerpt, Inquirer, Inquiry};
pub use message::{Identity, Legacy, Message, NewMessage};
pub use on_bus::OnBus;
pub use position::Position;
pub use read::about::StoredSubjects;
pub use read::around::Neighbours;
pub use read::beside::Beside;
pub use read::busiest::{Busiest, BusyName, BusyNames};
pub use read::census::{Census, CensusName};
pub use read::digest::Digest;
pub use read::feed::Feed;
pub use read::inquire::Answered;
pub use read::portrait::Portrait;
pub use read::reader::{Page, Reader};
pub use read::rhythm::Rhythm;
pub use read::survey::{Facet, Survey, Surveyed};
pub use read::tally::Tally;
pub use read::walk::{Extent, Walk};
pub use search::{Order, PageRequest, Search};
pub use span::Span;
pub use store::amend::{Addition, Amended};
pub use store::batch::Outcome;
pub use store::letters::{DeadLetters, KeptLetter, LetterFilter, LetterHead, Retried};
pub use store::stream_offsets::{StreamOffset, StreamOffsets};
pub use store::writer::Writer;
pub use stored_json::StoredJson;
pub use subject::{Subject, Subjects};
pub use topic_class::TopicClass;
pub use upkeep::condition::Condition;
pub use upkeep::counters::Kept;
pub use upkeep::durability::Durability;
pub use upkeep::inspection::Inspected;
pub use upkeep::partitions::PartitionFaults;
pub use upkeep::sequences::AdvancedSequence;
pub use upkeep::snapshots::HeldBack;
pub use upkeep::tasks::Upkeep;
pub use upkeep::verify::WrongCounter;
