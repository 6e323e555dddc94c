//! How long it takes to check a body and to bring it into the archive's form.

use std::hint::black_box;

use archive::Body;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn parse(criterion: &mut Criterion) {
    let python: Vec<String> = simulator::messages(1)
        .take(2000)
        .map(|sample| sample.body)
        .collect();
    let parsed = |text: &String| {
        serde_json::from_str::<serde_json::Value>(text)
            .expect("JSON")
            .to_string()
    };
    let compact = python.iter().map(parsed).collect();
    let mut group = criterion.benchmark_group("body");
    // As Python writes it, and without blanks.
    for (name, bodies) in [("python", python), ("compact", compact)] {
        let bytes: usize = bodies.iter().map(String::len).sum();
        group.throughput(Throughput::Bytes((bytes / bodies.len()) as u64));
        let mut next = bodies.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| Body::parse(black_box(next.next().expect("a body"))));
        });
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);
