//! The file as it is written, and how settings are made of it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use service::Secret;

use crate::config::environment::Environment;
use crate::config::error::ConfigError;
use crate::config::management::Management;
use crate::config::settings::{BatchLimits, Binding, Broker, Config, Queue, Tls};
use crate::config::{amqp_url, arguments, short};
use crate::expected::Expected;
use crate::expected::backup::Backup;

/// A backup each night, and a day to find out why there was none.
const BACKUP_AGE: &str = "2d";

const PYTHON_CLIENT: [(&str, &str); 3] = [
    ("product", "Fedora Messaging with Pika"),
    ("information", "https://fedora-messaging.readthedocs.io"),
    ("version", "fedora_messaging-"),
];

/// The top level. Keys that concern publishers are only checked for their type.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    amqp_url: Option<Secret>,
    passive_declares: bool,
    #[serde(rename = "publish_exchange")]
    _publish_exchange: Option<String>,
    #[serde(rename = "topic_prefix")]
    _topic_prefix: Option<String>,
    #[serde(rename = "publish_priority")]
    _publish_priority: Option<i64>,
    callback: Option<String>,
    consumer_config: ConsumerConfig,
    tls: Tls,
    client_properties: toml::Table,
    #[serde(rename = "exchanges")]
    _exchanges: toml::Table,
    queues: Option<BTreeMap<String, QueueTable>>,
    bindings: Option<Vec<BindingTable>>,
    qos: Qos,
    monitoring: Monitoring,
    log_config: toml::Table,
}

/// Where those who watch are answered. Nothing set means nowhere.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Monitoring {
    address: Option<String>,
    port: Option<i64>,
}

/// Free for the application, which is us: the incumbent's keys and ours. Others are left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConsumerConfig {
    datanommer_sqlalchemy_url: Option<Secret>,
    management_url: Option<Secret>,
    prefetch_count: Option<i64>,
    prefetch_bytes: Option<i64>,
    batch_size: Option<i64>,
    batch_bytes: Option<i64>,
    batch_age_ms: Option<i64>,
    shutdown_timeout_ms: Option<i64>,
    rules_directory: Option<PathBuf>,
    expected: Option<PathBuf>,
    standbys: Option<i64>,
    backup_file: Option<PathBuf>,
    backup_age: Option<String>,
    log: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct QueueTable {
    durable: bool,
    auto_delete: bool,
    exclusive: bool,
    #[serde(default)]
    arguments: toml::Table,
    passive: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BindingTable {
    #[serde(default)]
    queue: String,
    exchange: String,
    routing_keys: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Qos {
    prefetch_size: Option<i64>,
    prefetch_count: Option<i64>,
}

impl File {
    /// Reads the text. The error names the key and the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| syntax_error(text, &error))?;
        let lower = table
            .into_iter()
            .map(|(key, value)| (key.to_lowercase(), value))
            .collect::<toml::Table>();
        lower
            .try_into()
            .map_err(|error: toml::de::Error| in_words_of_toml(&error))
    }

    /// Completes the settings and checks what belongs together.
    pub fn resolve(self, environment: &Environment) -> Result<Config, ConfigError> {
        let own = &self.consumer_config;
        let batch = self.batch_limits()?;
        let timeout = within(
            "consumer_config.shutdown_timeout_ms",
            own.shutdown_timeout_ms,
            8000,
            100..=600_000,
        )?;
        let config = Config {
            broker: self.broker(environment)?,
            management: self.management(environment)?,
            queues: self.queues()?,
            prefetch_count: self.prefetch_count(batch.messages)?,
            prefetch_bytes: self.prefetch_bytes()?,
            database_url: environment
                .database_url
                .clone()
                .or(own.datanommer_sqlalchemy_url.clone()),
            batch,
            monitoring: self.monitoring()?,
            shutdown_timeout: Duration::from_millis(timeout),
            rules_directory: environment
                .rules_directory
                .clone()
                .or(own.rules_directory.clone()),
            log: self.log_levels()?,
            expected: self.expected()?,
            standbys: self.standbys()?,
            backup: self.backup()?,
            file: None,
            ignored: self.ignored(),
        };
        Ok(config)
    }

    /// What is expected, as its file says.
    fn expected(&self) -> Result<Expected, ConfigError> {
        let Some(file) = &self.consumer_config.expected else {
            return Ok(Expected::default());
        };
        Expected::read(file)
            .map_err(|reason| ConfigError::value("consumer_config.expected", reason))
    }

    fn standbys(&self) -> Result<u32, ConfigError> {
        let own = self.consumer_config.standbys;
        within("consumer_config.standbys", own, 0, 0..=100).map(|standbys| standbys as u32)
    }

    fn backup(&self) -> Result<Option<Backup>, ConfigError> {
        let own = &self.consumer_config;
        let age = own.backup_age.as_deref().unwrap_or(BACKUP_AGE).parse();
        let age =
            age.map_err(|reason: String| ConfigError::value("consumer_config.backup_age", reason))?;
        let file = own.backup_file.clone();
        Ok(file.map(|file| Backup { file, age }))
    }

    fn batch_limits(&self) -> Result<BatchLimits, ConfigError> {
        let own = &self.consumer_config;
        Ok(BatchLimits {
            messages: within(
                "consumer_config.batch_size",
                own.batch_size,
                500,
                1..=10_000,
            )? as usize,
            bytes: within(
                "consumer_config.batch_bytes",
                own.batch_bytes,
                8 << 20,
                1..=256 << 20,
            )? as usize,
            age: Duration::from_millis(within(
                "consumer_config.batch_age_ms",
                own.batch_age_ms,
                20,
                0..=10_000,
            )?),
        })
    }

    /// Levels of the log, checked.
    pub fn log_levels(&self) -> Result<Option<String>, ConfigError> {
        let levels = self.consumer_config.log.as_deref();
        let checked = levels.map_or(Ok(()), service::log::check);
        checked.map_err(|reason| ConfigError::value("consumer_config.log", reason))?;
        Ok(levels.map(str::to_owned))
    }

    fn broker(&self, environment: &Environment) -> Result<Broker, ConfigError> {
        let (key, url) = match (&environment.amqp_url, &self.amqp_url) {
            (Some(url), _) => ("AMQP_URL", url.reveal()),
            (None, Some(url)) => ("amqp_url", url.reveal()),
            (None, None) => ("amqp_url", amqp_url::DEFAULT),
        };
        let uris = amqp_url::parse(url).map_err(|reason| ConfigError::value(key, reason))?;
        let broker = Broker {
            uris,
            tls: self.tls.clone(),
            client_properties: self.client_properties()?,
        };
        match (&self.tls.certfile, &self.tls.keyfile) {
            (Some(_), None) if broker.is_encrypted() => {
                Err(ConfigError::value("tls.keyfile", "missing, for a certfile"))
            }
            (None, Some(_)) if broker.is_encrypted() => {
                Err(ConfigError::value("tls.certfile", "missing, for a keyfile"))
            }
            _ => Ok(broker),
        }
    }

    fn management(&self, environment: &Environment) -> Result<Option<Management>, ConfigError> {
        let own = &self.consumer_config.management_url;
        let (key, url) = match (&environment.management_url, own) {
            (Some(url), _) => ("AMQP_MANAGEMENT_URL", url),
            (None, Some(url)) => ("consumer_config.management_url", url),
            (None, None) => return Ok(None),
        };
        let management = Management::parse(url);
        let management = management.map_err(|reason| ConfigError::value(key, reason))?;
        Ok(Some(management))
    }

    fn client_properties(&self) -> Result<Vec<(String, String)>, ConfigError> {
        let mut properties = Vec::new();
        for (key, value) in &self.client_properties {
            let path = || format!("client_properties.{key}");
            fits(&path(), key)?;
            if let Some((_, expected)) = PYTHON_CLIENT.iter().find(|(name, _)| name == key) {
                // The Python client refuses other values than its own; ours are other ones.
                if !value
                    .as_str()
                    .is_some_and(|text| text.starts_with(expected))
                {
                    return Err(ConfigError::value(path(), "this one cannot be set"));
                }
                continue;
            }
            let text = match value {
                toml::Value::String(text) => text.clone(),
                toml::Value::Array(items) if items.iter().all(toml::Value::is_str) => items
                    .iter()
                    .filter_map(|item| item.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
                other => other.to_string(),
            };
            properties.push((key.clone(), text));
        }
        Ok(properties)
    }

    fn queues(&self) -> Result<Vec<Queue>, ConfigError> {
        let anonymous = || {
            let table = QueueTable {
                durable: false,
                auto_delete: true,
                exclusive: true,
                arguments: toml::Table::new(),
                passive: None,
            };
            BTreeMap::from([(String::new(), table)])
        };
        let default_queues;
        let tables = match &self.queues {
            Some(tables) => tables,
            None => {
                default_queues = anonymous();
                &default_queues
            }
        };
        if tables.is_empty() {
            return Err(ConfigError::value("queues", "there is none to consume"));
        }
        let bindings = self.all_bindings()?;
        tables
            .iter()
            .map(|(name, table)| {
                fits(&format!("queues.{name}"), name)?;
                let arguments = arguments::table(&table.arguments).map_err(|(key, reason)| {
                    ConfigError::value(format!("queues.{name}.arguments.{key}"), reason)
                })?;
                no_stream(name, table)?;
                let bindings = bindings.iter().filter(|(queue, _)| queue == name);
                Ok(Queue {
                    name: name.clone(),
                    durable: table.durable,
                    auto_delete: table.auto_delete,
                    exclusive: table.exclusive,
                    passive: table.passive.unwrap_or(self.passive_declares),
                    arguments,
                    bindings: bindings.map(|(_, binding)| binding.clone()).collect(),
                })
            })
            .collect()
    }

    /// All bindings, with the names of their queues.
    fn all_bindings(&self) -> Result<Vec<(String, Binding)>, ConfigError> {
        let Some(tables) = &self.bindings else {
            let all = Binding {
                exchange: "amq.topic".to_owned(),
                routing_key: "#".to_owned(),
            };
            return Ok(vec![(String::new(), all)]);
        };
        let mut bindings = Vec::new();
        for (at, table) in tables.iter().enumerate() {
            fits(&format!("bindings[{at}].exchange"), &table.exchange)?;
            for routing_key in &table.routing_keys {
                fits(&format!("bindings[{at}].routing_keys"), routing_key)?;
                let binding = Binding {
                    exchange: table.exchange.clone(),
                    routing_key: routing_key.clone(),
                };
                bindings.push((table.queue.clone(), binding));
            }
        }
        Ok(bindings)
    }

    /// Ours over the Python client's, and four batches without either. Unlimited is not possible,
    /// as it would leave our memory to the broker.
    fn prefetch_count(&self, batch_size: usize) -> Result<u16, ConfigError> {
        if self.qos.prefetch_size.is_some_and(|size| size != 0) {
            return Err(ConfigError::value(
                "qos.prefetch_size",
                "the broker takes nothing but 0",
            ));
        }
        let own = within(
            "consumer_config.prefetch_count",
            self.consumer_config.prefetch_count,
            0,
            0..=65_535,
        )?;
        let qos = within("qos.prefetch_count", self.qos.prefetch_count, 0, 0..=65_535)?;
        let chosen = if self.consumer_config.prefetch_count.is_some() {
            own
        } else {
            qos
        };
        Ok(match chosen {
            // As many batches wait as are written.
            0 => u16::try_from(2 * BatchLimits::AT_ONCE * batch_size).unwrap_or(u16::MAX),
            // `within` keeps it below.
            count => u16::try_from(count).unwrap_or(u16::MAX),
        })
    }

    fn prefetch_bytes(&self) -> Result<usize, ConfigError> {
        let key = "consumer_config.prefetch_bytes";
        let own = self.consumer_config.prefetch_bytes;
        Ok(within(key, own, 64 << 20, 1..=64 << 30)? as usize)
    }

    fn monitoring(&self) -> Result<Option<SocketAddr>, ConfigError> {
        let Monitoring { address, port } = &self.monitoring;
        let address = match address.as_deref() {
            None if port.is_none() => return Ok(None),
            None | Some("") => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            Some("localhost") => IpAddr::from(Ipv4Addr::LOCALHOST),
            Some(address) => address.parse().map_err(|_| {
                ConfigError::value(
                    "monitoring.address",
                    "must be an IP address, localhost or empty",
                )
            })?,
        };
        let Some(port) = port else {
            return Err(ConfigError::value("monitoring.port", "must be set"));
        };
        let port = within("monitoring.port", Some(*port), 0, 0..=u16::MAX.into())?;
        Ok(Some(SocketAddr::new(address, port as u16)))
    }

    fn ignored(&self) -> Vec<String> {
        let mut ignored = Vec::new();
        if !self.log_config.is_empty() {
            ignored.push(
                "log_config: set log in [consumer_config], and LOG_FORMAT in the environment"
                    .to_owned(),
            );
        }
        if let Some(callback) = self
            .callback
            .as_ref()
            .filter(|callback| *callback != "datanommer.consumer:Nommer")
        {
            ignored.push(format!("callback: {callback} is not called"));
        }
        for (queue, at) in self
            .bindings
            .iter()
            .flatten()
            .map(|binding| &binding.queue)
            .zip(0..)
        {
            let known = match &self.queues {
                Some(queues) => queues.contains_key(queue),
                None => queue.is_empty(),
            };
            if !known {
                ignored.push(format!("bindings[{at}]: there is no queue {queue:?}"));
            }
        }
        ignored
    }
}

fn no_stream(name: &str, table: &QueueTable) -> Result<(), ConfigError> {
    let kind = table.arguments.get("x-queue-type");
    if kind.and_then(toml::Value::as_str) == Some("stream") {
        return Err(ConfigError::value(
            format!("queues.{name}.arguments.x-queue-type"),
            "streams are not consumed, only classic and quorum queues",
        ));
    }
    Ok(())
}

/// Where the text stops being TOML, without the line itself, which may hold a password.
fn syntax_error(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start);
    let line = text
        .get(..at)
        .map_or(0, |before| before.matches('\n').count())
        + 1;
    format!("line {line}: {}", error.message())
}

/// The reason and the key, with TOML's names of types where the parser has Rust's.
fn in_words_of_toml(error: &toml::de::Error) -> String {
    let names = [
        ("expected i64", "expected an integer"),
        ("a sequence", "an array"),
        ("a map", "a table"),
    ];
    let text = error.to_string().trim_end().replace('\n', " ");
    names
        .into_iter()
        .fold(text, |text, (rust, toml)| text.replace(rust, toml))
}

fn within(
    key: &str,
    value: Option<i64>,
    default: u64,
    limits: std::ops::RangeInclusive<u64>,
) -> Result<u64, ConfigError> {
    match value.map(u64::try_from) {
        None => Ok(default),
        Some(Ok(value)) if limits.contains(&value) => Ok(value),
        Some(_) => Err(ConfigError::value(
            key,
            format!("must be from {} to {}", limits.start(), limits.end()),
        )),
    }
}

fn fits(key: &str, text: &str) -> Result<(), ConfigError> {
    short::check(text).map_err(|reason| ConfigError::value(key, reason))
}

#[cfg(test)]
mod accepted;
