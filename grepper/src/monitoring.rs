//! What those who watch are told, on a listener of its own.

mod levels;

use std::net::SocketAddr;

use anyhow::Context;
use monitor::{Exposition, Listener, Pages, health};
use prometheus_client::registry::Registry;

use crate::monitoring::levels::Levels;
use crate::state::views::Views;

/// Serves until the program ends, and answers the address. Fails if that cannot be bound.
pub async fn serve(address: &str, views: &Views) -> anyhow::Result<SocketAddr> {
    let told = || format!("cannot listen on {address} for who watches");
    let mut addresses = tokio::net::lookup_host(address).await.with_context(told)?;
    let first = addresses.next().with_context(told)?;
    let listener = Listener::bind(first).await.with_context(told)?;
    let bound = listener.address()?;
    actix_web::rt::spawn(listener.serve(pages(views)));
    Ok(bound)
}

fn pages(views: &Views) -> Pages {
    let mut registry = Registry::default();
    views.all.metrics.register(&mut registry);
    registry.register_collector(Box::new(Levels::of(views)));
    let metrics = Exposition::new(registry, "grepper", env!("CARGO_PKG_VERSION"));
    Pages::default()
        .with("/metrics", move |headers| metrics.page(headers))
        .with("/healthz/live", |_| health(&Ok(())))
}
