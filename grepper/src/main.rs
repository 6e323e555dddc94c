//! The program: settings, log, server. Exits with 0 after a clean end, 1 if it cannot start, 2 if it is asked wrongly.

use std::process::ExitCode;

use anyhow::Context;
use grepper::app::Application;
use grepper::config::Config;
use grepper::config::settings::CommandLine;
use grepper::state::probe;
use metadata::Faults;
use service::{Reload, Stop, complain, say};

#[actix_web::main]
async fn main() -> ExitCode {
    let config = match Config::load(CommandLine::read()) {
        Ok(config) => config,
        Err(error) => {
            complain(format_args!("grepper: {:#}", anyhow::Error::from(error)));
            return ExitCode::from(2);
        }
    };
    if let Err(error) = archive::Address::parse(config.database_url.reveal()) {
        complain(format_args!("grepper: {error}"));
        return ExitCode::from(2);
    }
    // What actix_http calls an error is mostly what a client sent that is no HTTP: it got its 400.
    service::log::start("info,actix_server=warn,actix_http=off");
    match serve(config).await {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("{error:#}");
            // Rules with a mistake are a wrong setting.
            ExitCode::from(if error.is::<Faults>() { 2 } else { 1 })
        }
    }
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let database = archive::redact(config.database_url.reveal());
    let base_path = format!("{}/", config.base_path);
    // Before the address is bound: whoever can connect can also stop it in order.
    let mut stop = Stop::on_signals().context("no signals")?;
    let reload = Reload::listen().context("no signals")?;
    let Application {
        address,
        state,
        server,
        ..
    } = Application::build(config)?;
    let rules = state.clone();
    reload.each(move || rules.rules.read_again());
    tracing::info!(%address, base_path, database, "listening");
    // For whoever asked for port 0.
    say(format_args!("listening on http://{address}{base_path}"));
    let waiting = state.clone();
    actix_web::rt::spawn(async move {
        // It logs why not; otherwise nobody would know before the first request.
        if probe(&state).await.is_ok() {
            tracing::info!("the database is as this version needs it");
        }
    });
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        stop.requested().await;
        waiting.waiters.stop();
        handle.stop(true).await;
    });
    server.await.context("the server failed")
}
