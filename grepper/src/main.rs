//! The program: settings, log, server. Exits with 0 after a clean end, 1 if it cannot start, 2 if it is asked wrongly.

use std::io::Write;
use std::process::ExitCode;

use actix_web::web::{self, Data};
use anyhow::Context;
use clap::Parser;
use grepper::app::Application;
use grepper::config::{CommandLine, Config};
use grepper::state::State;
use metadata::Faults;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[actix_web::main]
async fn main() -> ExitCode {
    let config = match Config::load(CommandLine::parse()) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("grepper: {:#}", anyhow::Error::from(error));
            return ExitCode::from(2);
        }
    };
    start_log();
    match serve(config).await {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("{error:#}");
            // Rules with a mistake are a wrong setting.
            if error.is::<Faults>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let database = archive::redact(&config.database_url);
    let base_path = format!("{}/", config.base_path);
    // Before the address is bound: whoever can connect can also stop it in order.
    let stop = stop_signal().context("no signals")?;
    let hangup = signal(SignalKind::hangup()).context("no signals")?;
    let application = Application::build(config)?;
    actix_web::rt::spawn(read_rules_again(hangup, application.state.clone()));
    tracing::info!(address = %application.address, base_path, database, "listening");
    // For whoever asked for port 0; a closed standard output is no reason to stop.
    let _ = writeln!(
        std::io::stdout(),
        "listening on http://{}{base_path}",
        application.address
    );
    let handle = application.server.handle();
    actix_web::rt::spawn(async move {
        let signal = stop.await;
        tracing::info!(signal, "stopping");
        handle.stop(true).await;
    });
    application.server.await.context("the server failed")
}

/// Listens from now on; ends with the name of the first signal that asks to stop.
fn stop_signal() -> std::io::Result<impl Future<Output = &'static str>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        }
    })
}

/// Reads the rules again at each signal.
async fn read_rules_again(mut signals: Signal, state: Data<State>) {
    while signals.recv().await.is_some() {
        let state = state.clone();
        // If the reading panicked, the old rules would stay.
        let _ = web::block(move || state.rules.read_again()).await;
    }
}

/// To standard error; as lines for people, or as JSON with `LOG_FORMAT=json`. The level is that of `RUST_LOG`.
fn start_log() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,actix_server=warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::env::var("LOG_FORMAT").is_ok_and(|format| format == "json") {
        log.json().flatten_event(true).init();
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .init();
    }
}
