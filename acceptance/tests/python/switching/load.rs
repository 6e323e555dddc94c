//! What the bus carries meanwhile: sample traffic, by the real client; and what no decent client sends, by ours.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use simulator::{Sample, Traffic};

use crate::environment;

/// Messages a second.
pub const RATE: u32 = 60;

/// The ids of what the broker has got, each once.
type Published = Arc<Mutex<BTreeSet<String>>>;

/// The real client, which publishes what it is given.
pub struct Load {
    published: Published,
    child: Child,
    reader: JoinHandle<()>,
    input: ChildStdin,
    traffic: Traffic,
}

/// The real client, while it goes on by itself.
pub struct Running {
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<Load>,
}

impl Load {
    /// By the client's configuration file, and with the classes of messages in this folder.
    pub fn new(programs: &Path, configuration: &Path, classes: &Path) -> Self {
        let mut child = Command::new(programs.join("python"))
            .arg(environment::script("publish.py"))
            .arg(configuration)
            .env("PYTHONPATH", classes)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let published = Published::default();
        let ids = Arc::clone(&published);
        let reader = thread::spawn(move || {
            for id in output.lines().map(|line| line.expect("a line")) {
                if !id.is_empty() {
                    ids.lock().expect("no panic").insert(id);
                }
            }
        });
        Self {
            published,
            child,
            reader,
            input,
            traffic: Traffic::new(7),
        }
    }

    /// What came in the last 60 days, but for this half hour.
    pub fn history(&mut self, count: u32) {
        let end = Utc::now() - TimeDelta::minutes(30);
        let samples: Vec<Sample> = self
            .traffic
            .history(count, TimeDelta::days(60), end)
            .collect();
        for sample in samples {
            self.publish(&sample);
        }
    }

    fn publish(&mut self, sample: &Sample) {
        let body: Value = serde_json::from_str(&sample.body).expect("JSON");
        let message = json!({
            "id": sample.id, "topic": sample.topic, "headers": sample.headers, "body": body,
            "queue": null, "priority": sample.priority,
        });
        writeln!(self.input, "{message}").expect("it listens");
    }

    /// Goes on with what comes now.
    pub fn start(mut self) -> Running {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            let (start, mut sent) = (Instant::now(), 0);
            while !over.load(Ordering::SeqCst) {
                let sample = self.traffic.message(Utc::now());
                self.publish(&sample);
                sent += 1;
                let due = start + sent * Duration::from_secs(1) / RATE;
                thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            self
        });
        Running { is_over, thread }
    }
}

impl Running {
    /// Stops it; answers the ids of all that was published.
    pub fn stop(self) -> BTreeSet<String> {
        self.is_over.store(true, Ordering::SeqCst);
        let mut load = self.thread.join().expect("no panic");
        drop(load.input);
        load.reader.join().expect("no panic");
        assert!(load.child.wait().expect("waited").success());
        std::mem::take(&mut load.published.lock().expect("no panic"))
    }
}
