//! The settings in effect, for the operator to read.

use std::fmt::{Display, Formatter, Result};

use super::Config;

/// One `key = value` a line; passwords are left out.
impl Display for Config {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let user = if self.has_certificate() {
            "(certificate)"
        } else {
            &self.broker.uri.authority.userinfo.username
        };
        writeln!(f, "broker = {}", self.broker.name())?;
        writeln!(f, "broker.user = {user}")?;
        for (key, path) in [
            ("ca_cert", &self.broker.tls.ca_cert),
            ("certfile", &self.broker.tls.certfile),
            ("keyfile", &self.broker.tls.keyfile),
        ] {
            if let Some(path) = path {
                writeln!(f, "tls.{key} = {}", path.display())?;
            }
        }
        for queue in &self.queues {
            let name = if queue.name.is_empty() {
                "(named by the broker)"
            } else {
                &queue.name
            };
            writeln!(
                f,
                "queue = {name} (durable {}, auto_delete {}, exclusive {}, passive {})",
                queue.durable, queue.auto_delete, queue.exclusive, queue.passive
            )?;
            for binding in &queue.bindings {
                writeln!(
                    f,
                    "queue.binding = {} {}",
                    binding.exchange, binding.routing_key
                )?;
            }
        }
        writeln!(f, "prefetch_count = {}", self.prefetch_count)?;
        let database = self
            .database_url
            .as_ref()
            .map(|url| archive::redact(url.reveal()));
        writeln!(
            f,
            "database = {}",
            database.as_deref().unwrap_or("(missing)")
        )?;
        writeln!(f, "batch_size = {}", self.batch.messages)?;
        writeln!(f, "batch_bytes = {}", self.batch.bytes)?;
        writeln!(f, "batch_age_ms = {}", self.batch.age.as_millis())?;
        writeln!(
            f,
            "shutdown_timeout_ms = {}",
            self.shutdown_timeout.as_millis()
        )?;
        if let Some(directory) = &self.rules_directory {
            writeln!(f, "rules_directory = {}", directory.display())?;
        }
        self.ignored
            .iter()
            .try_for_each(|ignored| writeln!(f, "ignored: {ignored}"))
    }
}

impl Config {
    fn has_certificate(&self) -> bool {
        self.broker.is_encrypted() && self.broker.tls.certfile.is_some()
    }
}
