//! How long it takes to ask everything of a message, and whether memory grows.
//!
//! Without the folder of recorded messages the project's own samples do. The
//! variable `MESSAGES` says how many messages the memory is watched for.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use metadata::{MessageView, Rules};
use serde_json::Value;

#[path = "../tests/shared/mod.rs"]
mod shared;

fn main() {
    let start = Instant::now();
    let rules = Rules::embedded();
    println!("rules compiled in {:?}", start.elapsed());
    let mut lines = shared::lines("schemas.ndjson");
    if lines.is_empty() {
        lines = samples();
    }
    let text = |value: &Value| {
        if value.is_null() {
            String::new()
        } else {
            value.to_string()
        }
    };
    let messages: Vec<[String; 3]> = lines
        .iter()
        .map(|line| {
            let topic = line["topic"].as_str().unwrap_or_default().to_owned();
            let body = if line["msg"].is_null() {
                &line["body"]
            } else {
                &line["msg"]
            };
            [topic, text(&line["headers"]), text(body)]
        })
        .collect();
    let size: usize = messages.iter().map(|message| message[2].len()).sum();
    println!(
        "{} messages with bodies of {} bytes on average",
        messages.len(),
        size / messages.len()
    );
    report("all properties", &messages, |view| {
        black_box(rules.meaning(&view));
    });
    report("what to filter by", &messages, |view| {
        black_box(rules.filters(&view));
    });
    report("subjects", &messages, |view| {
        black_box(rules.subjects(&view));
    });
    report("what to store", &messages, |view| {
        black_box(rules.stored(&view));
    });
    memory(&rules, &messages);
}

fn samples() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let files = fs::read_dir(folder)
        .expect("the samples are there")
        .flatten();
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts
        .flat_map(|text| {
            text.lines()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Prints how much memory is resident as more and more messages are asked about.
fn memory(rules: &Rules, messages: &[[String; 3]]) {
    let count = std::env::var("MESSAGES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(400_000);
    let start = Instant::now();
    for (index, [topic, headers, body]) in messages.iter().cycle().take(count).enumerate() {
        if index % (count / 4).max(1) == 0 {
            println!("after {index} messages: {} kB resident", resident());
        }
        black_box(rules.meaning(&MessageView {
            topic,
            headers,
            body,
        }));
    }
    let rate = count as f64 / start.elapsed().as_secs_f64();
    println!(
        "after {count} messages: {} kB resident, {rate:.0} messages a second",
        resident()
    );
}

fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

/// Prints how long the fastest of some runs takes, over all messages.
fn report(what: &str, messages: &[[String; 3]], work: impl Fn(MessageView)) {
    let mut times: Vec<(Duration, usize)> = Vec::new();
    for [topic, headers, body] in messages {
        let fastest = (0..20).map(|_| {
            let start = Instant::now();
            work(MessageView {
                topic,
                headers,
                body,
            });
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
