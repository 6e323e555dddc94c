//! What those who watch are told, on a listener of its own.

use std::fmt;
use std::net::SocketAddr;

use anyhow::Context;
use monitor::{Exposition, Listener, Pages, health};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

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
    registry.register_collector(Box::new(Levels(views.clone())));
    let metrics = Exposition::new(registry, "grepper", env!("CARGO_PKG_VERSION"));
    Pages::default()
        .with("/metrics", move |headers| metrics.page(headers))
        .with("/healthz/live", |_| health(&Ok(())))
}

/// What is so now, read when it is asked for.
struct Levels(Views);

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("levels")
    }
}

impl Collector for Levels {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Self(views) = self;
        let state = &views.all;
        let waiters: usize = views.each().map(|view| view.waiters.count()).sum();
        for (name, help, value) in [
            (
                "grepper_waiters",
                "Requests that wait for messages",
                waiters as u64,
            ),
            (
                "grepper_answers_free_bytes",
                "Room that is left for answers under way",
                state.budget.left(),
            ),
            (
                "grepper_answers_waiting",
                "Large messages of answers that wait for room",
                state.budget.waiting(),
            ),
            (
                "grepper_turns_taken",
                "Connections to the database that requests have a turn on",
                state.turns_taken(),
            ),
        ] {
            let gauge = ConstGauge::new(value);
            let metric = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(metric)?;
        }
        for (name, help, value) in [
            (
                "grepper_answers_refused",
                "Answers that were given up for lack of room",
                state.budget.refused(),
            ),
            (
                "grepper_answers_cut_off",
                "Answers that were broken off, as nobody took them and others needed the room",
                state.budget.cut_off(),
            ),
        ] {
            let counter = ConstCounter::new(value);
            let metric = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}
