//! What is so now, read when it is asked for.

use std::fmt;

use archive::{Connections, MemoryUse};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::state::views::Views;

/// What all views of the archive share, and what they have together.
pub struct Levels(Views);

/// A metric with a label of few values: its name, what it means, and its series.
type Labelled<'a> = (&'a str, &'a str, &'a [(&'static str, u64)]);

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("levels")
    }
}

impl Collector for Levels {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for (name, help, value) in self.gauges() {
            one(&mut encoder, name, help, &ConstGauge::new(value))?;
        }
        for (name, help, value) in self.counters() {
            one(&mut encoder, name, help, &ConstCounter::new(value))?;
        }
        self.encode_connections(&mut encoder)?;
        self.encode_caches(&mut encoder)
    }
}

impl Levels {
    pub fn of(views: &Views) -> Self {
        Self(views.clone())
    }

    fn gauges(&self) -> [(&'static str, &'static str, u64); 4] {
        let state = &self.0.all;
        let waiters: usize = self.0.each().map(|view| view.waiters.count()).sum();
        [
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
        ]
    }

    fn counters(&self) -> [(&'static str, &'static str, u64); 2] {
        let budget = &self.0.all.budget;
        [
            (
                "grepper_answers_refused",
                "Answers that were given up for lack of room",
                budget.refused(),
            ),
            (
                "grepper_answers_cut_off",
                "Answers that were broken off, as nobody took them and others needed the room",
                budget.cut_off(),
            ),
        ]
    }

    fn encode_connections(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let (name, help) = (
            "grepper_database_connections",
            "Connections to a database that requests have",
        );
        let kind = ConstGauge::new(0_u64).metric_type();
        let mut family = encoder.encode_descriptor(name, help, None, kind)?;
        for (server, Connections { used, idle }) in self.0.all.connections() {
            for (state, number) in [("used", used), ("idle", idle)] {
                let labels = [("state", state), ("server", server.as_str())];
                ConstGauge::new(u64::from(number)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }

    fn encode_caches(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let mut views = self.0.each().map(|view| view.memories());
        let mut caches = views.next().unwrap_or_default();
        for memories in views {
            for ((_, sum), (_, usage)) in caches.iter_mut().zip(memories) {
                *sum += usage;
            }
        }
        let series =
            |value: fn(&MemoryUse) -> u64| caches.map(|(name, usage)| (name, value(&usage)));
        let hits = (
            "grepper_cache_hits",
            "How often a cache held what it was asked for",
            &series(|cache| cache.hits)[..],
        );
        each(encoder, "cache", hits, ConstCounter::new)?;
        let misses = (
            "grepper_cache_misses",
            "How often a cache did not hold what it was asked for",
            &series(|cache| cache.misses)[..],
        );
        each(encoder, "cache", misses, ConstCounter::new)?;
        let bytes = (
            "grepper_cache_bytes",
            "What a cache takes in memory",
            &series(|cache| cache.bytes)[..],
        );
        each(encoder, "cache", bytes, ConstGauge::new)?;
        let limits = (
            "grepper_cache_limit_bytes",
            "What a cache may take in memory",
            &series(|cache| cache.limit)[..],
        );
        each(encoder, "cache", limits, ConstGauge::new)
    }
}

fn one(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: &impl EncodeMetric,
) -> fmt::Result {
    let metric = encoder.encode_descriptor(name, help, None, value.metric_type())?;
    value.encode(metric)
}

fn each<M: EncodeMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    label: &str,
    (name, help, series): Labelled<'_>,
    metric: impl Fn(u64) -> M,
) -> fmt::Result {
    let kind = metric(0).metric_type();
    let mut family = encoder.encode_descriptor(name, help, None, kind)?;
    for (value, number) in series {
        let labels = [(label, *value)];
        metric(*number).encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}
