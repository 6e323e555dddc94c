//! Runs a PostgreSQL and a RabbitMQ server until Ctrl-C, for trying things out.

use devstack::{Postgres, PostgresOptions, Rabbit, RabbitOptions};

fn main() -> anyhow::Result<()> {
    let postgres = Postgres::start(PostgresOptions::default())?;
    println!(
        "PostgreSQL  {}  log {}",
        postgres.admin_url(),
        postgres.log_file().display()
    );
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    println!(
        "RabbitMQ    {}  log {}",
        rabbit.url(),
        rabbit.log_file().display()
    );
    println!("Ctrl-C stops both and removes their data.");
    loop {
        std::thread::park();
    }
}
