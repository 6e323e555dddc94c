//! Files as operators have them, and what is made of them.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use service::Secret;

use super::settings::{BatchLimits, Binding};
use super::*;

fn resolve(text: &str) -> Result<Config, ConfigError> {
    let file = File::parse(text)
        .map_err(|reason| ConfigError::Malformed(PathBuf::from("f.toml"), reason))?;
    file.resolve(&Environment::default())
}

fn config(text: &str) -> Config {
    resolve(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn check_refused(text: &str, key: &str, reason: &str) {
    let error = resolve(text).map(drop).expect_err(text).to_string();
    assert!(
        error.contains(key) && error.contains(reason),
        "{text}\n{error}"
    );
    assert!(!error.contains("secret"), "{error}");
}

/// Every key that the Python client knows, as its sample files set them.
const SAMPLE: &str = r##"
amqp_url = "amqps://fedora:@rabbitmq.fedoraproject.org/%2Fpublic_pubsub?connection_attempts=3&retry_delay=5"
callback = "datanommer.consumer:Nommer"
passive_declares = false
publish_exchange = "amq.topic"
topic_prefix = "org.fedoraproject.dev"
publish_priority = 3

[consumer_config]
datanommer_sqlalchemy_url = "postgresql://datanommer:secret@localhost/messages"
alembic_ini = "/etc/alembic.ini"

[tls]
ca_cert = "/etc/fedora-messaging/cacert.pem"
keyfile = "/etc/fedora-messaging/fedora-key.pem"
certfile = "/etc/fedora-messaging/fedora-cert.pem"

[client_properties]
app = "Example Application"
app_url = "https://example.com"
app_contacts_email = ["a@example.com", "b@example.com"]
version = "fedora_messaging-3.9.1 with pika-1.3.2"

[exchanges."amq.topic"]
type = "topic"
durable = true
auto_delete = false
arguments = {}

[queues.00000000-0000-0000-0000-000000000000]
durable = true
auto_delete = false
exclusive = false
arguments = {x-expires = 3600000}

[[bindings]]
queue = "00000000-0000-0000-0000-000000000000"
exchange = "amq.topic"
routing_keys = ["#", "org.#"]

[qos]
prefetch_size = 0
prefetch_count = 25

[monitoring]
address = "127.0.0.1"
port = 8000

[log_config]
version = 1
disable_existing_loggers = true
[log_config.handlers.console]
class = "logging.StreamHandler"
"##;

#[test]
fn every_key_of_the_sample_is_accepted() {
    let config = config(SAMPLE);
    assert_eq!(
        config.broker.name(),
        "amqps://rabbitmq.fedoraproject.org:5671 (virtual host /public_pubsub)"
    );
    assert_eq!(config.monitoring, "127.0.0.1:8000".parse().ok());
    assert_eq!(
        config.broker.tls.ca_cert.as_deref(),
        Some(Path::new("/etc/fedora-messaging/cacert.pem"))
    );
    assert_eq!(
        config.broker.client_properties,
        [
            ("app", "Example Application"),
            ("app_contacts_email", "a@example.com, b@example.com"),
            ("app_url", "https://example.com")
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
    let [queue] = &config.queues[..] else {
        panic!("{:?}", config.queues)
    };
    assert_eq!(queue.name, "00000000-0000-0000-0000-000000000000");
    assert_eq!(
        (
            queue.durable,
            queue.auto_delete,
            queue.exclusive,
            queue.passive
        ),
        (true, false, false, false)
    );
    assert!(queue.arguments.contains_key("x-expires"));
    assert_eq!(
        queue
            .bindings
            .iter()
            .map(|b| b.routing_key.as_str())
            .collect::<Vec<_>>(),
        ["#", "org.#"]
    );
    assert_eq!(config.prefetch_count, 25);
    assert_eq!(
        config.database_url.as_ref().map(Secret::reveal),
        Some("postgresql://datanommer:secret@localhost/messages")
    );
    assert_eq!(config.ignored.len(), 1, "{:?}", config.ignored);
}

#[test]
fn settings_are_shown_without_passwords() {
    let shown = format!(
        "{}{:?}",
        config(SAMPLE),
        config("amqp_url = 'amqp://u:secret@h'")
    );
    assert!(!shown.contains("secret\""), "{shown}");
    assert!(
        !shown.contains("u:secret") && !shown.contains("datanommer:secret"),
        "{shown}"
    );
    assert!(shown.contains("prefetch_count = 25"), "{shown}");
}

#[test]
fn what_is_in_effect_is_shown() {
    let shown = config(SAMPLE).to_string();
    for line in ["prefetch_count = 25", "queue.argument = x-expires 3600000"] {
        assert!(shown.lines().any(|shown| shown == line), "{shown}");
    }
    let shown = config("[consumer_config]\nprefetch_count = 4000").to_string();
    let bounded = "prefetch_count = 4000 (no more than 2048 for the sake of prefetch_bytes)";
    assert!(shown.lines().any(|line| line == bounded), "{shown}");
}

#[test]
fn nothing_is_needed() {
    let config = config("");
    assert_eq!(
        config.broker.name(),
        "amqp://localhost:5672 (virtual host /)"
    );
    let [queue] = &config.queues[..] else {
        panic!("{:?}", config.queues)
    };
    assert_eq!(
        (
            queue.name.as_str(),
            queue.durable,
            queue.auto_delete,
            queue.exclusive
        ),
        ("", false, true, true)
    );
    assert_eq!(
        queue.bindings,
        [Binding {
            exchange: "amq.topic".to_owned(),
            routing_key: "#".to_owned()
        }]
    );
    assert_eq!(config.prefetch_count, 2000);
    assert_eq!(
        config.batch,
        BatchLimits {
            messages: 500,
            bytes: 8 << 20,
            age: Duration::from_millis(20)
        }
    );
    assert_eq!(config.shutdown_timeout, Duration::from_secs(8));
    assert!(config.database_url.is_none());
}

#[test]
fn top_level_keys_may_be_upper_case() {
    assert_eq!(
        config("AMQP_URL = 'amqp://h'").broker.uri().authority.host,
        "h"
    );
}

#[test]
fn tables_are_merged_with_defaults() {
    assert_eq!(config("[qos]\nprefetch_count = 7").prefetch_count, 7);
    assert_eq!(config("[qos]\nprefetch_size = 0").prefetch_count, 2000);
    assert!(
        config("amqp_url = 'amqps://h'\n[tls]\nca_cert = '/ca'")
            .broker
            .tls
            .certfile
            .is_none()
    );
}

#[test]
fn our_prefetch_goes_over_the_clients() {
    assert_eq!(
        config("[qos]\nprefetch_count = 7\n[consumer_config]\nprefetch_count = 9").prefetch_count,
        9
    );
    assert_eq!(config("[qos]\nprefetch_count = 0").prefetch_count, 2000);
    assert_eq!(
        config("[consumer_config]\nbatch_size = 50").prefetch_count,
        200
    );
}

#[test]
fn passive_declares_apply_unless_the_queue_says_otherwise() {
    let table = "durable = true\nauto_delete = false\nexclusive = false\n";
    let text =
        format!("passive_declares = true\n[queues.a]\n{table}[queues.b]\npassive = false\n{table}");
    let passive: Vec<bool> = config(&text)
        .queues
        .iter()
        .map(|queue| queue.passive)
        .collect();
    assert_eq!(passive, [true, false]);
}

#[test]
fn bindings_without_their_queue_are_ignored() {
    let config = config("[[bindings]]\nqueue = 'other'\nexchange = 'e'\nrouting_keys = ['#']");
    assert!(config.queues[0].bindings.is_empty());
    assert_eq!(config.ignored, ["bindings[0]: there is no queue \"other\""]);
}

#[test]
fn wrong_values_are_refused_with_key_and_reason() {
    let queue = "durable = true\nauto_delete = false\nexclusive = false\n";
    check_refused("nonsense = 1", "nonsense", "expected one of `amqp_url`");
    check_refused("amqp_url = 5", "amqp_url", "expected a string");
    check_refused(
        "[consumer_config]\nexpected = '/no/such.toml'",
        "consumer_config.expected: ",
        "/no/such.toml: No such file",
    );
    check_refused(
        "[consumer_config]\nstandbys = -1",
        "consumer_config.standbys",
        "must be from 0 to 100",
    );
    check_refused(
        "[consumer_config]\nbackup_age = '2 days'",
        "consumer_config.backup_age",
        "such as 30s, 90m, 3h or 270d",
    );
    check_refused("amqp_url = 'http://u:secret@h'", "amqp_url", "amqp://");
    check_refused(
        "passive_declares = 'yes'",
        "passive_declares",
        "expected a boolean",
    );
    check_refused(
        "[qos]\nprefetch_count = 'x'",
        "qos.prefetch_count",
        "expected an integer",
    );
    check_refused(
        "[qos]\nprefetch_count = -1",
        "qos.prefetch_count",
        "from 0 to 65535",
    );
    check_refused(
        "[qos]\nprefetch_count = 70000",
        "qos.prefetch_count",
        "from 0 to 65535",
    );
    check_refused(
        "[monitoring]\naddress = '::1'",
        "monitoring.port",
        "must be set",
    );
    check_refused(
        "[monitoring]\nport = 70000",
        "monitoring.port",
        "from 0 to 65535",
    );
    check_refused(
        "[monitoring]\naddress = 'host'\nport = 8000",
        "monitoring.address",
        "must be an IP address",
    );
    check_refused(
        "[consumer_config]\nprefetch_bytes = 0",
        "consumer_config.prefetch_bytes",
        "from 1 to 68719476736",
    );
    check_refused(
        "[queues.q]\ndurable = true\nauto_delete = false\nexclusive = false\narguments = {x-queue-type = 'stream'}",
        "queues.q.arguments.x-queue-type",
        "streams are not consumed",
    );
    check_refused(
        "[qos]\nprefetch_size = 1",
        "qos.prefetch_size",
        "nothing but 0",
    );
    check_refused("[qos]\nother = 1", "other", "unknown field");
    check_refused(
        "[queues.a]\ndurable = true",
        "queues.a",
        "missing field `auto_delete`",
    );
    check_refused(
        &format!("[queues.a]\n{queue}colour = 'red'"),
        "colour",
        "unknown field",
    );
    check_refused(
        &format!("[queues.a]\n{queue}arguments = {{a = 1.5}}"),
        "queues.a.arguments.a",
        "no fractions",
    );
    check_refused(
        &format!("[queues.{}]\n{queue}", "a".repeat(256)),
        "queues.aaa",
        "longer than 255",
    );
    check_refused("queues = {}", "queues", "none to consume");
    check_refused(
        "[[bindings]]\nqueue = ''\nexchange = 'e'",
        "bindings",
        "missing field `routing_keys`",
    );
    check_refused(
        "[[bindings]]\nexchange = 'e'\nrouting_keys = '#'",
        "routing_keys",
        "expected an array",
    );
    check_refused(
        "[client_properties]\nproduct = 'mine'",
        "client_properties.product",
        "cannot be set",
    );
    check_refused(
        "amqp_url = 'amqps://h'\n[tls]\ncertfile = '/c'",
        "tls.keyfile",
        "missing",
    );
    check_refused(
        "[consumer_config]\nbatch_size = 0",
        "consumer_config.batch_size",
        "from 1 to 10000",
    );
    check_refused(
        "[consumer_config]\nshutdown_timeout_ms = 1",
        "consumer_config.shutdown_timeout_ms",
        "from 100",
    );
    check_refused(
        "[consumer_config]\ndatanommer_sqlalchemy_url = 1",
        "datanommer_sqlalchemy_url",
        "expected a string",
    );
}

#[test]
fn syntax_errors_name_the_line_and_do_not_show_it() {
    check_refused(
        "\namqp_url = \"amqp://u:secret@h",
        "f.toml: line 2",
        "string",
    );
}

#[test]
fn the_environment_goes_over_the_file() {
    let environment = Environment {
        database_url: Some("postgresql://e".to_owned().into()),
        amqp_url: Some("amqp://e".to_owned().into()),
        rules_directory: Some(PathBuf::from("/e")),
        ..Environment::default()
    };
    let config = File::parse(SAMPLE).map(|file| file.resolve(&environment));
    let Ok(Ok(config)) = config else {
        panic!("{config:?}")
    };
    assert_eq!(config.broker.uri().authority.host, "e");
    assert_eq!(
        config.database_url.as_ref().map(Secret::reveal),
        Some("postgresql://e")
    );
    assert_eq!(config.rules_directory.as_deref(), Some(Path::new("/e")));
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let missing = PathBuf::from("/nonexistent/config.toml");
    let by_argument = load(Some(&missing), &Environment::default());
    assert!(matches!(by_argument, Err(ConfigError::Unreadable(path, _)) if path == missing));
    let by_variable = load(
        None,
        &Environment {
            file: Some(missing.clone()),
            ..Environment::default()
        },
    );
    assert!(matches!(by_variable, Err(ConfigError::Unreadable(path, _)) if path == missing));
}

#[test]
fn the_argument_goes_over_the_variable() -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new()?;
    write!(file, "amqp_url = 'amqp://argument'")?;
    let environment = Environment {
        file: Some(PathBuf::from("/nonexistent")),
        ..Environment::default()
    };
    let config = load(Some(file.path()), &environment).expect("valid");
    assert_eq!(config.broker.uri().authority.host, "argument");
    Ok(())
}

/// The blocks of TOML in a text, as it is for people.
fn toml_blocks(text: &str) -> Vec<&str> {
    text.split("```toml\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[test]
fn sample_files_are_valid() {
    let container = config(include_str!("../../../docker/nommer.toml"));
    assert_eq!(container.queues[0].name, "nommer");
    let mut samples = toml_blocks(include_str!("../../../docs/nommer.md"));
    // What audits expect is a file of its own.
    samples.retain(|sample| !sample.starts_with("[categories]"));
    assert!(!samples.is_empty());
    for sample in samples {
        let config = config(sample);
        assert_eq!(config.ignored, [""; 0], "{sample}");
        assert!(config.database_url.is_some(), "{sample}");
    }
}

#[test]
fn addresses_of_version_6_are_shown_in_brackets() {
    for (url, name) in [
        ("amqps://[::1]/%2F", "amqps://[::1]:5671 (virtual host /)"),
        (
            "amqp://u:p@[fe80::2]:1/v",
            "amqp://[fe80::2]:1 (virtual host v)",
        ),
        ("amqp://127.0.0.1", "amqp://127.0.0.1:5672 (virtual host /)"),
    ] {
        let config = config(&format!("amqp_url = '{url}'"));
        assert_eq!(config.broker.name(), name);
        assert!(
            config.to_string().contains(&format!("broker = {name}\n")),
            "{config}"
        );
    }
}
