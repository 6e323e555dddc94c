//! A client that asks for news again and again, and expects to find later what it has seen once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::Utc;

use crate::support::{eventually, http};

/// What it asks in turn: the news of minutes, in both forms.
const QUESTIONS: [&str; 3] = [
    "/raw?delta=300&order=desc&rows_per_page=100",
    "/v2/search?delta=60&rows_per_page=100",
    "/raw?category=bodhi&delta=600&meta=date&rows_per_page=50",
];

/// A client that runs until it is asked how it went.
pub struct Client {
    url: String,
    since: i64,
    seen: Arc<Mutex<BTreeSet<String>>>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

impl Client {
    /// Asks the service at `url`.
    pub fn start(url: String) -> Self {
        let (seen, is_over) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let asking = (url.clone(), Arc::clone(&seen), Arc::clone(&is_over));
        Self {
            url,
            since: Utc::now().timestamp() - 600,
            seen,
            is_over,
            thread: thread::spawn(move || ask(&asking.0, &asking.1, &asking.2)),
        }
    }

    /// Asserts that all that it has seen until now is found. What it saw at one service a moment ago may still be on its way
    /// into the other.
    pub fn finds_all_again(&self) {
        assert!(!self.thread.is_finished(), "the client has failed");
        let seen = self.seen.lock().expect("no panic").clone();
        assert!(!seen.is_empty());
        let mut missing = seen.clone();
        eventually("what was seen is found", Duration::from_secs(30), || {
            let found = self.find();
            missing.retain(|id| !found.contains(id));
            missing.is_empty()
        });
        println!("{} messages were seen and found again", seen.len());
    }

    /// The ids of all messages since a while before it began, page by page.
    fn find(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for page in 1.. {
            let path = format!(
                "/v2/search?start={}&order=asc&rows_per_page=100&page={page}",
                self.since
            );
            let answer = http::get(&format!("{}{path}", self.url));
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let answer = answer.json();
            found.extend(ids(&answer, "id"));
            if page >= answer["pages"].as_u64().expect("a number") {
                break;
            }
        }
        found
    }

    /// Ends it; answers how many questions were answered, which were all.
    pub fn stop(self) -> u64 {
        self.is_over.store(true, Ordering::SeqCst);
        self.thread.join().expect("all was answered")
    }
}

fn ask(url: &str, seen: &Mutex<BTreeSet<String>>, is_over: &AtomicBool) -> u64 {
    let mut answered = 0;
    for question in QUESTIONS.iter().cycle() {
        let answer = http::get(&format!("{url}{question}"));
        assert_eq!(answer.status, 200, "{question}: {}", answer.body);
        let answer = answer.json();
        let name = if question.starts_with("/raw") {
            "msg_id"
        } else {
            "id"
        };
        seen.lock().expect("no panic").extend(ids(&answer, name));
        answered += 1;
        if is_over.load(Ordering::SeqCst) {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    answered
}

fn ids<'a>(answer: &'a serde_json::Value, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let messages = answer["raw_messages"].as_array().expect("messages");
    let ids = messages
        .iter()
        .filter_map(move |message| message[name].as_str());
    ids.map(str::to_owned)
}
