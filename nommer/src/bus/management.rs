//! What the broker's management API tells of a queue that AMQP does not: how many bytes wait, and what policies limit.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use service::error_chain;
use ureq::Agent;
use ureq::http::StatusCode;

use crate::bus::limits::Limits;
use crate::bus::outlook::Waiting;
use crate::config::management::Management;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks for the queues of a virtual host.
#[derive(Clone)]
pub struct Asker {
    agent: Agent,
    /// Up to a queue's name.
    base: String,
    /// The header `Authorization`.
    authorization: String,
}

/// What is told of a queue, if the statistics are there.
#[derive(Deserialize)]
struct QueueStatistics {
    messages_ready: Option<u64>,
    message_bytes_ready: Option<u64>,
    #[serde(default)]
    arguments: Value,
    /// An empty one is an array.
    #[serde(default)]
    effective_policy_definition: Value,
}

impl Asker {
    /// Does not ask yet.
    pub fn new(management: &Management, vhost: &str) -> Result<Self, String> {
        let Management {
            base,
            user,
            password,
        } = management;
        let name = concat!("nommer/", env!("CARGO_PKG_VERSION"));
        let config = client::configured(base, name, PATIENCE).map_err(|error| error.to_string())?;
        let pair = format!("{user}:{}", password.reveal());
        Ok(Self {
            agent: config.build().into(),
            base: format!("{base}/api/queues/{}/", escaped(vhost)),
            authorization: format!("Basic {}", BASE64_STANDARD.encode(pair)),
        })
    }

    /// What waits in a queue, and its limits. Blocks.
    pub fn ask(&self, queue: &str) -> Result<(Waiting, Limits), String> {
        let url = format!("{}{}", self.base, escaped(queue));
        let failed = |error: ureq::Error| format!("{url}: {}", error_chain(&error));
        let request = self.agent.get(&url);
        let request = request.header("Authorization", &self.authorization);
        let mut answer = request.call().map_err(failed)?;
        if answer.status() != StatusCode::OK {
            return Err(format!("{url}: the answer is {}", answer.status()));
        }
        let told: QueueStatistics = answer.body_mut().read_json().map_err(failed)?;
        told.read()
            .ok_or_else(|| format!("{url}: the broker has no statistics"))
    }
}

impl QueueStatistics {
    fn read(&self) -> Option<(Waiting, Limits)> {
        let waiting = Waiting {
            messages: self.messages_ready?,
            bytes: self.message_bytes_ready,
        };
        let arguments = Limits::of(|name| self.arguments.get(format!("x-{name}"))?.as_u64());
        let policies = Limits::of(|name| self.effective_policy_definition.get(name)?.as_u64());
        Some((waiting, arguments.and(policies)))
    }
}

fn escaped(name: &str) -> String {
    utf8_percent_encode(name, NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_those_of_arguments_and_policies() {
        let read = |text: &str| {
            serde_json::from_str::<QueueStatistics>(text)
                .expect(text)
                .read()
        };
        let (waiting, limits) = read(
            r#"{"messages_ready": 7, "message_bytes_ready": 70, "name": "q",
                "arguments": {"x-max-length": 100, "x-queue-type": "classic"},
                "effective_policy_definition": {"max-length-bytes": 1073741824, "message-ttl": 60000, "ha-mode": "all"}}"#,
        )
        .expect("statistics");
        assert_eq!((waiting.messages, waiting.bytes), (7, Some(70)));
        let expected = Limits {
            messages: Some(100),
            bytes: Some(1 << 30),
            age: Some(Duration::from_secs(60)),
        };
        assert_eq!(limits, expected);
        let (_, none) =
            read(r#"{"messages_ready": 0, "arguments": {}, "effective_policy_definition": []}"#)
                .expect("statistics");
        assert!(none.are_none());
        assert!(read(r#"{"name": "q"}"#).is_none());
    }
}
