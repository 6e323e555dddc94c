//! Traffic turns from light messages to heavy ones, and back: the prefetch count follows.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use devstack::RabbitOptions;

use crate::stack::{QUEUE, Stack};
use crate::support::amqp::{Publisher, properties};
use crate::support::{eventually, memory, rows};

const PATIENCE: Duration = Duration::from_secs(240);
const LIGHT: usize = 100;
const MEGABYTE: usize = 1 << 20;

/// With so many bytes to be held at most.
fn start(prefetch_bytes: usize) -> Stack {
    Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        let file = Stack::config_of(rabbit, database);
        format!("{file}prefetch_bytes = {prefetch_bytes}\n")
    })
}

fn publish(publisher: &Publisher, numbers: Range<usize>, size: usize) {
    let message = |n: usize| {
        let body = format!("{{\"n\": {n}, \"padding\": \"{}\"}}", "x".repeat(size));
        let properties = properties(&format!("message-{n}"), Some("2024-05-01T10:00:00+00:00"));
        ("load.x".to_owned(), properties, body.into_bytes())
    };
    // The publisher keeps what it waits for.
    for start in numbers.clone().step_by(50) {
        publisher.publish_all((start..numbers.end.min(start + 50)).map(message));
    }
}

fn wait_for(stack: &Stack, stored: usize) {
    eventually("messages are stored", PATIENCE, || stack.stored() >= stored);
}

fn assert_each_is_stored_once(stack: &Stack, messages: usize) {
    let sql = "SELECT count(*), count(DISTINCT msg::json ->> 'n') FROM messages";
    let stored = rows(&stack.postgres, &stack.database.name, sql);
    assert_eq!(stored, [format!("{messages}|{messages}")]);
    let letters = "SELECT reason FROM dead_letters";
    assert!(rows(&stack.postgres, &stack.database.name, letters).is_empty());
}

/// The prefetch counts of the queue's consumers.
fn prefetch_counts(stack: &Stack) -> Vec<u16> {
    let consumers = ["list_consumers", "queue_name", "prefetch_count"];
    let list = stack.rabbit.rabbitmqctl(consumers).expect("a list");
    let counts = list.lines().filter_map(|line| line.strip_prefix(QUEUE));
    counts
        .map(|count| count.trim().parse().expect("a number"))
        .collect()
}

#[test]
fn heavy_messages_behind_light_ones_take_no_more_memory_than_the_widest_prefetch_of_them() {
    // Half of it in pieces of 16 KiB.
    const WIDEST: usize = 256;
    let mut stack = start(8 * MEGABYTE);
    assert_eq!(stack.nommer.terminate(), Some(0));
    let publisher = Publisher::connect(&stack.rabbit.url());
    publish(&publisher, 0..2000, LIGHT);
    publish(&publisher, 2000..2600, MEGABYTE);
    stack.nommer.start_again();
    wait_for(&stack, 2040);
    let peak = memory::peak(&stack.nommer.process) as usize / MEGABYTE;
    println!("{peak} MiB");
    assert!(peak < 64 + 5 * WIDEST / 2, "{peak} MiB");
}

#[test]
fn heavy_messages_that_gathered_while_the_database_took_nothing_come_a_few_at_a_time() {
    let stack = start(8 * MEGABYTE);
    let publisher = Publisher::connect(&stack.rabbit.url());
    publish(&publisher, 0..2000, LIGHT);
    wait_for(&stack, 2000);
    let lock = stack.lock_messages();
    publish(&publisher, 2000..2010, LIGHT);
    eventually("it asks for no more", PATIENCE, || {
        let log = stack.nommer.log();
        log.contains("the database takes nothing: asking the broker for no more")
    });
    publish(&publisher, 2010..2200, MEGABYTE);
    stack.unlock(lock);
    wait_for(&stack, 2050);
    let peak = memory::peak(&stack.nommer.process) as usize / MEGABYTE;
    println!("{peak} MiB");
    assert!(peak < 130, "{peak} MiB");
}

#[test]
fn a_prefetch_count_that_changes_under_load_costs_no_delivery() {
    const PART: usize = 1250;
    let mut stack = start(4 * MEGABYTE);
    let url = stack.rabbit.url();
    // A look at the broker may take longer than a part: until one sees that it changes, more come.
    let changes = Arc::new(AtomicBool::new(false));
    let enough = changes.clone();
    let publishing = std::thread::spawn(move || {
        let publisher = Publisher::connect(&url);
        let mut published = 0;
        while published < 4 * PART || (published < 40 * PART && !enough.load(Relaxed)) {
            let heavy = published + 1000..published + PART;
            publish(&publisher, published..heavy.start, LIGHT);
            publish(&publisher, heavy, 150_000);
            published += PART;
        }
        published
    });
    let mut seen = BTreeSet::new();
    while !publishing.is_finished() {
        let counts = prefetch_counts(&stack);
        assert!((1..=2).contains(&counts.len()), "{counts:?}");
        seen.extend(counts);
        changes.store(seen.len() > 2, Relaxed);
    }
    let published = publishing.join().expect("published");
    wait_for(&stack, published);
    assert!(seen.len() > 2, "no change was seen: {seen:?}");
    println!("{seen:?} of {published}");
    assert_each_is_stored_once(&stack, published);
    assert_eq!(stack.nommer.terminate(), Some(0));
    let log = stack.nommer.log();
    // The broker closes the channel of who settles what is settled already.
    assert!(!log.contains("not consuming"), "{log}");
    let total =
        format!("all settled received={published} stored={published} duplicates=0 put_aside=0");
    assert!(log.contains(&total), "{log}");
    let depth = stack.rabbit.queue_depth(QUEUE).expect("a depth");
    assert_eq!(depth, Some(0));
}

#[test]
fn nothing_is_lost_or_doubled_when_nommer_is_killed_while_its_prefetch_count_changes() {
    let mut stack = start(4 * MEGABYTE);
    let publisher = Publisher::connect(&stack.rabbit.url());
    assert_eq!(stack.nommer.terminate(), Some(0));
    for part in (0..2400).step_by(400) {
        publish(&publisher, part..part + 300, LIGHT);
        publish(&publisher, part + 300..part + 400, 150_000);
    }
    stack.nommer.start_again();
    // About where it turns.
    for stored in [290, 310, 1090, 1220] {
        wait_for(&stack, stored);
        stack.nommer.process.kill().expect("killed");
        stack.nommer.start_again();
    }
    eventually("the queue is empty", PATIENCE, || {
        stack.rabbit.queue_depth(QUEUE).expect("a depth") == Some(0)
    });
    assert_each_is_stored_once(&stack, 2400);
    assert_eq!(stack.nommer.terminate(), Some(0));
}
