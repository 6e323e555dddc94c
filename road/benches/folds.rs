//! How long roads of large updates take, archive aside: messages are read, and folded round by round.
//! `cargo bench -p road` prints a line for each size; nothing is compared.

use std::time::Instant;

use road::Road;

#[path = "../tests/roads/archive.rs"]
#[expect(dead_code, reason = "the tests use what the bench does not")]
mod archive;
#[path = "../tests/roads/large_update.rs"]
mod large_update;
#[path = "../tests/roads/story.rs"]
#[expect(dead_code, reason = "the tests use what the bench does not")]
mod story;

use large_update::{ALIAS, nvr, story};

/// Builds of the updates.
const SIZES: [usize; 3] = [100, 300, 1000];
/// How often each is measured; the fastest counts.
const TURNS: usize = 10;

fn main() {
    println!("builds  messages  road of        collected      told");
    for builds in SIZES {
        let story = story(builds);
        let archive = story.archive();
        for subject in [format!("nvr:{}", nvr(7)), format!("update:{ALIAS}")] {
            let (mut collected, mut told) = (f64::MAX, f64::MAX);
            for _ in 0..TURNS {
                let began = Instant::now();
                let (closure, _) = archive.collect(&subject, None);
                collected = collected.min(began.elapsed().as_secs_f64());
                let began = Instant::now();
                let roads: Vec<Road> = closure.roads();
                told = told.min(began.elapsed().as_secs_f64());
                assert_eq!(roads.len(), 1);
            }
            let kind = subject.split(':').next().unwrap_or_default();
            println!(
                "{builds:>6}  {:>8}  {kind:<8}  {:>10.1} ms  {:>7.1} ms",
                story.messages.len(),
                collected * 1000.0,
                told * 1000.0
            );
        }
    }
}
