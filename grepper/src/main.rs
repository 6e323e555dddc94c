//! The program: settings, log, server. Exits with 0 after a clean end, 1 if it cannot start, 2 if it is asked wrongly.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use grepper::app::Application;
use grepper::config::Config;
use grepper::config::settings::CommandLine;
use grepper::monitoring;
use grepper::state::probe;
use metadata::Faults;
use service::{Reload, Secret, Stop, complain, error_chain, say};

#[actix_web::main]
async fn main() -> ExitCode {
    let command_line = CommandLine::read();
    let config = match Config::load(command_line.clone()) {
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
    service::log::set(config.log.as_deref());
    match serve(config, command_line).await {
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

/// How long who is connected may take to send a request, when the program is to end: the answer tells that it is the
/// last one of its connection.
const LAST_REQUEST: Duration = Duration::from_millis(500);

/// URLs without their passwords, with blanks between, if there are any.
fn redacted(urls: &[Secret]) -> Option<String> {
    let urls: Vec<_> = urls
        .iter()
        .map(|url| archive::redact(url.reveal()))
        .collect();
    (!urls.is_empty()).then(|| urls.join(" "))
}

async fn serve(config: Config, command_line: CommandLine) -> anyhow::Result<()> {
    let database = archive::redact(config.database_url.reveal());
    let replicas = redacted(&config.replica_urls);
    let base_path = format!("{}/", config.base_path);
    // Before the address is bound: whoever can connect can also stop it in order.
    let mut stop = Stop::on_signals().context("no signals")?;
    let reload = Reload::listen().context("no signals")?;
    let Application {
        address,
        views,
        server,
        has_successor,
        ..
    } = Application::build(config)?;
    let again = views.clone();
    reload.each(move || {
        again.read_again();
        let levels = command_line.log_levels();
        service::log::read_again(levels.map_err(|error| error_chain(&error)));
    });
    tracing::info!(%address, base_path, database, replicas, "listening");
    if let Some(address) = &views.all.config.monitoring {
        let address = monitoring::serve(address, &views).await?;
        tracing::info!(%address, "monitoring");
    }
    // For whoever asked for port 0.
    say(format_args!("listening on http://{address}{base_path}"));
    let (state, again) = (views.all.clone(), views.clone());
    actix_web::rt::spawn(async move {
        // It logs why not; otherwise nobody would know before the first request.
        if probe(&state).await.is_ok() {
            tracing::info!("the database is as this version needs it");
        }
        again.tell_unseen().await;
    });
    let handle = server.handle();
    actix_web::rt::spawn(async move {
        stop.requested().await;
        views.stop();
        if has_successor {
            // Who connects now waits for that.
            handle.pause().await;
        }
        // Connections on which nothing is asked just now would be closed as idle.
        tokio::time::sleep(LAST_REQUEST).await;
        handle.stop(true).await;
    });
    server.await.context("the server failed")
}
