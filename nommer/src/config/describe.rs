//! The settings in effect, for the operator to read.

use std::fmt::{Display, Formatter, Result};

use lapin::types::AMQPValue;

use crate::config::settings::{Binding, Config, Queue};

/// One `key = value` a line; passwords are left out.
impl Display for Config {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.broker(f)?;
        if let Some(management) = &self.management {
            writeln!(f, "management = {}", management.base)?;
            writeln!(f, "management.user = {}", management.user)?;
        }
        for queue in &self.queues {
            writeln!(f, "{queue}")?;
        }
        write!(f, "prefetch_count = {}", self.prefetch_count)?;
        let most = self.most_under_way();
        if most < self.prefetch_count {
            write!(f, " (no more than {most} for the sake of prefetch_bytes)")?;
        }
        writeln!(f)?;
        writeln!(f, "prefetch_bytes = {}", self.prefetch_bytes)?;
        let database = match &self.database_url {
            Some(url) => archive::redact(url.reveal()),
            None => "(missing)".to_owned(),
        };
        writeln!(f, "database = {database}")?;
        writeln!(f, "batch_size = {}", self.batch.messages)?;
        writeln!(f, "batch_bytes = {}", self.batch.bytes)?;
        writeln!(f, "batch_age_ms = {}", self.batch.age.as_millis())?;
        if let Some(address) = self.monitoring {
            writeln!(f, "monitoring = {address}")?;
        }
        let timeout = self.shutdown_timeout.as_millis();
        writeln!(f, "shutdown_timeout_ms = {timeout}")?;
        if let Some(directory) = &self.rules_directory {
            writeln!(f, "rules_directory = {}", directory.display())?;
        }
        if self.expected.count() > 0 {
            let all = self.expected.count();
            writeln!(f, "expected = of {all} categories and topics")?;
        }
        if self.standbys > 0 {
            writeln!(f, "standbys = {}", self.standbys)?;
        }
        if let Some(backup) = &self.backup {
            writeln!(f, "backup_file = {}", backup.file.display())?;
            writeln!(f, "backup_age = {}", backup.age.text)?;
        }
        if let Some(levels) = &self.log {
            writeln!(f, "log = {levels}")?;
        }
        self.ignored
            .iter()
            .try_for_each(|ignored| writeln!(f, "ignored: {ignored}"))
    }
}

/// A line for the queue, and one for each argument and binding; the last one does not end.
impl Display for Queue {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let name = if self.name.is_empty() {
            "(named by the broker)"
        } else {
            &self.name
        };
        write!(
            f,
            "queue = {name} (durable {}, auto_delete {}, exclusive {}, passive {})",
            self.durable, self.auto_delete, self.exclusive, self.passive
        )?;
        for (name, value) in self.arguments.inner() {
            write!(f, "\nqueue.argument = {name} {}", Argument(value))?;
        }
        for Binding {
            exchange,
            routing_key,
        } in &self.bindings
        {
            write!(f, "\nqueue.binding = {exchange} {routing_key}")?;
        }
        Ok(())
    }
}

/// A queue argument as the file has it.
struct Argument<'a>(&'a AMQPValue);

impl Display for Argument<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            AMQPValue::LongString(text) => write!(f, "{:?}", text.to_string()),
            AMQPValue::LongInt(number) => write!(f, "{number}"),
            AMQPValue::LongLongInt(number) => write!(f, "{number}"),
            AMQPValue::Boolean(value) => write!(f, "{value}"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl Config {
    fn broker(&self, f: &mut Formatter<'_>) -> Result {
        let user = if self.has_certificate() {
            "(certificate)"
        } else {
            &self.broker.uri().authority.userinfo.username
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
        Ok(())
    }

    fn has_certificate(&self) -> bool {
        self.broker.is_encrypted() && self.broker.tls.certfile.is_some()
    }
}
