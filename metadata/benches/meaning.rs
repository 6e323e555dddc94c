//! How long it takes to ask everything of a message.

use std::hint::black_box;
use std::time::{Duration, Instant};

use metadata::{MessageView, Rules};

#[path = "../tests/shared/mod.rs"]
mod shared;

fn main() {
    let rules = Rules::embedded();
    let lines = shared::lines("schemas.ndjson");
    let messages: Vec<[String; 3]> = lines
        .iter()
        .map(|line| {
            let topic = line["topic"].as_str().unwrap_or_default().to_owned();
            [topic, line["headers"].to_string(), line["body"].to_string()]
        })
        .collect();
    report("all properties", &messages, |view| {
        black_box(rules.meaning(&view));
    });
    report("subjects only", &messages, |view| {
        black_box(rules.subjects(&view));
    });
    report("what to store", &messages, |view| {
        black_box(rules.stored(&view));
    });
}

/// Prints how long the fastest of some runs takes, over all messages.
fn report(what: &str, messages: &[[String; 3]], work: impl Fn(MessageView)) {
    let mut times: Vec<(Duration, usize)> = Vec::new();
    for [topic, headers, body] in messages {
        let fastest = (0..20).map(|_| {
            let start = Instant::now();
            work(MessageView { topic, headers, body });
            start.elapsed()
        });
        times.push((fastest.min().unwrap_or_default(), body.len()));
    }
    times.sort_unstable();
    if let [.., (slowest, size)] = times[..] {
        let at = |part: f64| times[(part * (times.len() - 1) as f64) as usize].0;
        let sum: Duration = times.iter().map(|(time, _)| *time).sum();
        println!(
            "{what}: median {:?}, mean {:?}, 99 % within {:?}, slowest {slowest:?} ({size} bytes)",
            at(0.5),
            sum / times.len() as u32,
            at(0.99),
        );
    }
}
