//! Publishes sample traffic: some history at once, then a trickle.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{TimeDelta, Utc};
use clap::Parser;
use simulator::{Publisher, Traffic};
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use tracing_subscriber::EnvFilter;

/// Publishes sample traffic in the fedora-messaging wire format.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// The broker
    #[arg(
        long,
        env = "AMQP_URL",
        default_value = "amqp://guest:guest@localhost:5672/%2f",
        hide_env_values = true
    )]
    amqp_url: String,

    /// Where to publish
    #[arg(long, default_value = "amq.topic")]
    exchange: String,

    /// How many messages to publish at once, dated in the past
    #[arg(long, default_value_t = 5000)]
    history: u32,

    /// Over how many days the history is spread
    #[arg(long, default_value_t = 30)]
    days: u32,

    /// Messages per second after the history; above 0
    #[arg(long, default_value = "2", value_name = "RATE", value_parser = pause_between)]
    rate: Duration,

    /// How many messages to publish after the history; without end if not given
    #[arg(long)]
    count: Option<u64>,

    /// What the traffic follows from
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// How many seconds to wait until a queue is bound to the exchange
    #[arg(long, default_value_t = 60)]
    wait: u64,
}

/// The time between two messages, of which so many come per second.
fn pause_between(rate: &str) -> Result<Duration, String> {
    let pause = rate
        .parse()
        .ok()
        .and_then(|rate: f64| Duration::try_from_secs_f64(1.0 / rate).ok());
    // No clock is finer, and none goes on for ever.
    pause
        .filter(|pause| (Duration::from_nanos(1)..Duration::from_secs(1 << 32)).contains(pause))
        .ok_or_else(|| "a number of messages per second is above 0".to_owned())
}

#[tokio::main]
async fn main() -> Result<()> {
    // The broker library would warn of each message that waits for its queue.
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,lapin=error"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = run(&arguments) => done,
        _ = terminate.recv() => Ok(()),
        interrupt = tokio::signal::ctrl_c() => interrupt.context("waiting for Ctrl-C"),
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let patience = Duration::from_secs(arguments.wait);
    let mut publisher =
        Publisher::connect(&arguments.amqp_url, &arguments.exchange, patience).await?;
    let mut traffic = Traffic::new(arguments.seed);

    let span = TimeDelta::days(arguments.days.into());
    let mut stories = 0;
    for sample in traffic.history(arguments.history, span, Utc::now()) {
        publisher.publish(&sample).await?;
        stories += usize::from(sample.ends.is_some());
    }
    publisher.flush().await?;
    info!(
        messages = arguments.history,
        days = arguments.days,
        stories,
        "published the history"
    );

    let mut tick = tokio::time::interval(arguments.rate);
    let mut published = 0;
    while arguments.count.is_none_or(|count| published < count) {
        tick.tick().await;
        let sample = traffic.message(Utc::now());
        publisher.publish(&sample).await?;
        if let Some(story) = sample.ends {
            info!("told a whole story: {story}");
        }
        published += 1;
        if published % 100 == 0 {
            info!(messages = published, "published");
        }
    }
    publisher.flush().await?;
    info!(messages = published, "published all");
    Ok(())
}
