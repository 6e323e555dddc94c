//! Owns one of everything, prints where their files are, and waits to be killed.

use std::process::Command;

use anyhow::Result;
use devstack::{Postgres, PostgresOptions, Process, Rabbit, RabbitOptions};

fn main() -> Result<()> {
    let postgres = Postgres::start(PostgresOptions::default())?;
    let rabbit = Rabbit::start(RabbitOptions::default())?;
    let mut sleep = Command::new("sleep");
    let process = Process::spawn(
        sleep
            .arg("1000")
            .env("OWNER", std::process::id().to_string()),
    )?;
    for log in [postgres.log_file(), rabbit.log_file(), process.log_file()] {
        println!("{}", log.parent().expect("logs are in folders").display());
    }
    println!("ready");
    loop {
        std::thread::park();
    }
}
