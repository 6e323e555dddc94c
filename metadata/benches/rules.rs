//! How long the rules take to say what a message means.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use metadata::{MessageView, Rules};

fn meanings(criterion: &mut Criterion) {
    let rules = Rules::embedded();
    // As many of each application as there are on the bus.
    let messages: Vec<[String; 3]> = simulator::messages(1)
        .take(2_000)
        .map(|sample| {
            [
                sample.topic,
                serde_json::to_string(&sample.headers).expect("JSON"),
                sample.body,
            ]
        })
        .collect();
    let bytes: usize = messages.iter().map(|[_, _, body]| body.len()).sum();
    let mut group = criterion.benchmark_group("rules");
    group
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2));
    group.throughput(Throughput::Bytes((bytes / messages.len()) as u64));
    let mut bench = |name: &str, ask: &dyn Fn(&MessageView)| {
        let mut next = messages.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let [topic, headers, body] = next.next().expect("a message");
                ask(black_box(&MessageView {
                    topic,
                    headers,
                    body,
                }));
            });
        });
    };
    // What nommer asks of each message, and what grepper asks of those it shows.
    bench("filters", &|view| drop(black_box(rules.filters(view))));
    bench("subjects", &|view| drop(black_box(rules.subjects(view))));
    bench("filters and subjects", &|view| {
        let reading = rules.read(view);
        drop(black_box((reading.filters(), reading.subjects())));
    });
    bench("stored", &|view| drop(black_box(rules.stored(view))));
    bench("meaning", &|view| drop(black_box(rules.meaning(view))));
}

criterion_group!(benches, meanings);
criterion_main!(benches);
