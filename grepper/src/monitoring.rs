//! What those who watch are told, on a listener of its own.

mod databases;
mod levels;

use std::net::SocketAddr;

use anyhow::Context;
use monitor::{Exposition, Listener, Pages, health};
use prometheus_client::registry::Registry;

use crate::monitoring::databases::Databases;
use crate::monitoring::levels::Levels;
use crate::state::views::Views;

/// Serves until the program ends, and answers the address. Fails if that cannot be bound.
pub async fn serve(address: &str, views: &Views) -> anyhow::Result<SocketAddr> {
    let told = || format!("cannot listen on {address} for who watches");
    let mut addresses = tokio::net::lookup_host(address).await.with_context(told)?;
    let first = addresses.next().with_context(told)?;
    let listener = Listener::bind(first).await.with_context(told)?;
    let bound = listener.address()?;
    let databases = Databases::of(views.all.clone());
    actix_web::rt::spawn(databases.clone().watch());
    actix_web::rt::spawn(listener.serve(pages(views, databases)));
    Ok(bound)
}

fn pages(views: &Views, databases: Databases) -> Pages {
    let mut registry = Registry::default();
    views.all.metrics.register(&mut registry);
    registry.register_collector(Box::new(Levels::of(views)));
    registry.register_collector(Box::new(databases));
    let metrics = Exposition::new(registry, "grepper", env!("CARGO_PKG_VERSION"));
    Pages::default()
        .with("/metrics", move |headers| metrics.page(headers))
        .with("/healthz/live", |_| health(&Ok(())))
}
