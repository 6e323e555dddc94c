//! How long it takes to write a page of messages, once the archive has answered.

use std::hint::black_box;

use archive::{Body, Message, Page};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use grepper::config::Limits;
use grepper::config::pictures::PictureHosts;
use grepper::request::params::SearchParams;
use grepper::request::query::Query;
use grepper::routes::answer::{fragment, json};
use grepper::view::make_card::make_card;
use grepper::view::message_view::Form;
use metadata::Rules;
use simulator::Sample;

const LIMITS: Limits = Limits {
    default_query_delta: None,
    default_rows_per_page: 25,
    max_rows_per_page: 100,
};

fn pages(criterion: &mut Criterion) {
    let rules = Rules::embedded();
    let pictures = PictureHosts::default();
    let mut group = criterion.benchmark_group("page");
    for (rows, more) in [
        (25, ""),
        (100, ""),
        (25, "&meta=summary&meta=url"),
        (25, "&size=extra-large"),
    ] {
        let query = Query::parse(&format!("rows_per_page={rows}{more}")).expect("a query");
        let page = Page {
            messages: simulator::messages(1).take(rows).map(message).collect(),
            total: 123_456,
        };
        let now = page.messages[rows - 1].timestamp.and_utc();
        let params = SearchParams::parse(&query, &LIMITS, now).expect("parameters");
        let bytes: usize = page.messages.iter().map(|message| message.msg.len()).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        let page = black_box(&page);
        if !more.contains("size") {
            group.bench_function(format!("json, {rows} messages{more}"), |bencher| {
                bencher.iter(|| json(Form::Legacy, page, &params, &rules, now));
            });
        }
        if !more.contains("meta") {
            group.bench_function(format!("html, {rows} messages{more}"), |bencher| {
                bencher.iter(|| {
                    let size = params.look.size;
                    let card =
                        |message| make_card(Form::Legacy, message, size, &rules, &pictures, now);
                    let cards: Vec<_> = page.messages.iter().map(card).collect();
                    fragment("", &cards, size)
                });
            });
        }
    }
}

/// As the archive answers it.
fn message(sample: Sample) -> Message {
    Message {
        category: sample.category().to_owned(),
        msg: Body::parse(&sample.body).expect("a body").as_str().into(),
        headers: Some(serde_json::Value::from(sample.headers).to_string().into()),
        msg_id: Some(sample.id),
        topic: sample.topic,
        timestamp: sample.sent_at.naive_utc(),
        agent_name: sample.users.first().cloned(),
        source_name: Some("datanommer".to_owned()),
        source_version: Some("1.5.0".to_owned()),
        users: sample.users,
        packages: sample.packages,
        ..Message::default()
    }
}

criterion_group!(benches, pages);
criterion_main!(benches);
