//! Private PostgreSQL and RabbitMQ servers for the demo, the tests and the
//! benchmarks. Development only: nothing here is part of the product.
//!
//! Every server has its own data folder under `target/devstack/`, its own ports
//! on 127.0.0.1 and its own watchdog (see [`mod@watchdog`]), which stops it and
//! removes the folder once the process that started it is gone, however it went.
//! Nothing is shared with a PostgreSQL, RabbitMQ or epmd of the system.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! let postgres = devstack::shared_postgres()?;
//! let database = postgres.fresh_database()?;
//! println!("{}", database.url);
//! # Ok(()) }
//! ```

mod account;
mod binary;
pub mod cluster;
mod folder;
mod locate;
mod log;
mod pgbouncer;
mod ports;
mod postgres;
mod postgres_kill;
mod postgres_shell;
mod postgres_standby;
mod postgres_template;
mod process;
mod psql;
mod rabbit;
mod rabbit_control;
mod rabbit_layout;
mod rabbit_options;
mod shared;
mod supervised;
pub mod tls;
mod versions;
pub mod watchdog;

pub use binary::binary;
pub use nix::sys::signal::Signal;
pub use pgbouncer::PgBouncer;
pub use ports::free_port;
pub use postgres::{Database, Postgres, PostgresOptions, StopMode};
pub use process::Process;
pub use psql::psql;
pub use rabbit::Rabbit;
pub use rabbit_options::{RabbitOptions, Tls};
pub use shared::{shared_postgres, shared_rabbit};
pub use versions::{PostgresVersion, postgres_versions};
