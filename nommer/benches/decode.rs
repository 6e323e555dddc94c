//! How long it takes to make a message of a delivery, for the messages of each application.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use metadata::Rules;
use nommer::delivery::decode::decode;
use nommer::delivery::received::Received;
use simulator::Sample;

fn deliveries(criterion: &mut Criterion) {
    let samples: Vec<Sample> = simulator::messages(1).take(10_000).collect();
    let rules = Rules::embedded();
    let mut applications: BTreeMap<String, Vec<Received>> = BTreeMap::new();
    for sample in &samples {
        let deliveries = applications
            .entry(sample.category().to_owned())
            .or_default();
        if deliveries.len() < 100 {
            deliveries.push(delivery(sample));
        }
    }
    // As many of each as there are on the bus.
    applications.insert(
        "all".to_owned(),
        samples[..2000].iter().map(delivery).collect(),
    );
    let mut group = criterion.benchmark_group("decode");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    for (name, deliveries) in &applications {
        let bytes: usize = deliveries.iter().map(|received| received.body.len()).sum();
        group.throughput(Throughput::Bytes((bytes / deliveries.len()) as u64));
        let mut next = deliveries.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                decode(black_box(next.next().expect("a delivery")), &rules).expect("a message")
            });
        });
    }
}

fn delivery(sample: &Sample) -> Received {
    Received {
        queue: "bench".to_owned(),
        exchange: "amq.topic".to_owned(),
        routing_key: sample.topic.clone(),
        redelivered: false,
        properties: sample.properties(),
        body: sample.body.clone().into_bytes(),
        received_at: sample.sent_at.naive_utc(),
    }
}

criterion_group!(benches, deliveries);
criterion_main!(benches);
