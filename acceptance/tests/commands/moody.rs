//! An archive behind a server that is slow and busy now and then, gives fewer messages a page than it is asked for, and
//! orders those of a second as it likes, each time otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::chance::random;
use crate::middleman::{Middleman, Own};
use crate::support::http;

/// What a server is like.
#[derive(Clone, Copy, Debug)]
pub struct Mood {
    /// It gives no more messages a page, and does not order those of a second.
    pub page: Option<usize>,
    pub has_digests: bool,
}

/// Starts a server that answers for the one at `behind`.
pub fn start(behind: &str, mood: Mood, seed: u64) -> Middleman {
    let mut random = random(seed);
    let at = behind.to_owned();
    Middleman::start(behind, move |_, path: &str| {
        if random(12) == 0 {
            return Some(Own {
                status: [503, 503, 429][random(3)],
                retry_after: Some(u64::from(random(8) == 0)),
                body: "busy".to_owned(),
            });
        }
        if random(15) == 0 {
            std::thread::sleep(Duration::from_millis(50 + random(400) as u64));
        }
        if path.starts_with("/id") {
            return None;
        }
        if path.starts_with("/v2/digest") {
            return (!mood.has_digests).then(|| (404, "{}".to_owned()).into());
        }
        mood.page
            .map(|size| (200, page(&at, path, size, &mut random)).into())
    })
}

/// What tells the second of a message: a time in `/raw`, a header in `/v2`.
fn second(text: &RawValue) -> String {
    let sent: Value = serde_json::from_str(text.get()).expect("a message");
    match sent["timestamp"].as_f64() {
        Some(time) => format!("{time:.0}"),
        None => sent["headers"]["sent-at"].as_str().expect("a text")[..19].to_owned(),
    }
}

/// A page of `size` messages at most, of all that the archive has of this.
fn page(behind: &str, path: &str, size: usize, random: &mut impl FnMut(usize) -> usize) -> String {
    let (path, query) = path.split_once('?').expect("a query");
    let (mut asked, mut number, mut rows) = (Vec::new(), 1, size);
    for pair in query.split('&') {
        match pair.split_once('=').expect("a value") {
            ("page", value) => number = value.parse().expect("a number"),
            ("rows_per_page", value) => rows = size.min(value.parse().expect("a number")),
            _ => asked.push(pair),
        }
    }
    let mut messages: Vec<Box<RawValue>> = Vec::new();
    let mut total = 1;
    while messages.len() < total {
        let next = messages.len() / 100 + 1;
        let asked = asked.join("&");
        let answer = http::get(&format!(
            "{behind}{path}?{asked}&rows_per_page=100&page={next}"
        ));
        let page: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(&answer.body).expect(&answer.body);
        total = page["total"].get().parse().expect("a number");
        let texts: Vec<Box<RawValue>> =
            serde_json::from_str(page["raw_messages"].get()).expect("a list");
        messages.extend(texts);
    }
    for same in messages.chunk_by_mut(|one, other| second(one) == second(other)) {
        for n in (1..same.len()).rev() {
            same.swap(n, random(n + 1));
        }
    }
    let texts: Vec<&str> = messages
        .iter()
        .skip((number - 1) * rows)
        .take(rows)
        .map(|text| text.get())
        .collect();
    format!(
        r#"{{"total": {total}, "count": {}, "raw_messages": [{}]}}"#,
        texts.len(),
        texts.join(", ")
    )
}
