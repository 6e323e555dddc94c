//! A client of the archive's web service.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// How often to ask again while waiting.
const PAUSE: Duration = Duration::from_millis(20);

/// Where grepper answers.
#[derive(Debug)]
pub struct Site {
    pub url: String,
}

impl Site {
    /// The JSON behind `path`.
    pub fn get(&self, path: &str) -> Result<Value> {
        let url = format!("{}{path}", self.url);
        let mut response = ureq::get(&url)
            .call()
            .with_context(|| format!("asking {url}"))?;
        response
            .body_mut()
            .read_json()
            .with_context(|| format!("reading the answer of {url}"))
    }

    pub fn is_ready(&self) -> bool {
        self.get("/healthz/ready").is_ok()
    }

    pub fn message_count(&self) -> Result<u64> {
        self.get("/messagecount")?["messagecount"]
            .as_u64()
            .context("messagecount is no number")
    }

    /// Waits until the message can be found, and answers how long that took.
    pub fn wait_for_message(&self, id: &str) -> Result<Duration> {
        let start = Instant::now();
        while self.get(&format!("/v2/id?id={id}")).is_err() {
            if start.elapsed() > Duration::from_secs(10) {
                bail!("the message {id} was not found for ten seconds");
            }
            std::thread::sleep(PAUSE);
        }
        Ok(start.elapsed())
    }
}
