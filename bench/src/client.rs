//! Asks one server over HTTP, over one connection if the server keeps it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use ureq::Agent;

use crate::shapes::Question;

/// A client of one server.
pub struct Client {
    agent: Agent,
    base: String,
}

impl Client {
    /// `base` is the server's URL without a slash at the end.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(300)))
            .accept("application/json")
            .build();
        Self { agent: config.into(), base: base.to_owned() }
    }

    /// How long the whole answer took to come.
    pub fn time(&self, question: &Question) -> Result<Duration> {
        let start = Instant::now();
        self.ask(question)?;
        Ok(start.elapsed())
    }

    /// How many messages the answer says there are, if it is one that says so.
    pub fn total(&self, question: &Question) -> Result<Option<u64>> {
        let answer = serde_json::from_slice::<Value>(&self.ask(question)?).unwrap_or_default();
        Ok(answer["total"].as_u64().or_else(|| answer["messagecount"].as_u64()))
    }

    fn ask(&self, question: &Question) -> Result<Vec<u8>> {
        let request = self.agent.get(format!("{}{}", self.base, question.path));
        let pairs = question.parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let mut response = request.query_pairs(pairs).call().with_context(|| format!("asking {question:?}"))?;
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec()?;
        ensure!(status == question.status, "{status} to {question:?}: {}", String::from_utf8_lossy(&body));
        Ok(body)
    }
}
