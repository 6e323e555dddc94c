//! Runs a PostgreSQL and a RabbitMQ server until Ctrl-C, for trying things out.

use clap::Parser;
use devstack::{Postgres, PostgresOptions, Rabbit, RabbitOptions};
use service::say;

/// Runs a private PostgreSQL and a private RabbitMQ server until Ctrl-C, and removes their data then.
#[derive(Parser)]
#[command(version)]
struct CommandLine {}

fn main() -> anyhow::Result<()> {
    CommandLine::parse();
    let postgres = Postgres::start(PostgresOptions::default())?;
    say(format_args!(
        "PostgreSQL  {}  log {}",
        postgres.admin_url(),
        postgres.log_file().display()
    ));
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    say(format_args!(
        "RabbitMQ    {}  log {}",
        rabbit.url(),
        rabbit.log_file().display()
    ));
    say("Ctrl-C stops both and removes their data.");
    loop {
        std::thread::park();
    }
}
