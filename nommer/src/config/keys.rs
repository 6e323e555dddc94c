//! All keys of the configuration file, as the documentation has them. A test asks the parser whether these are all, and
//! whether defaults and limits are so.

use std::ops::RangeInclusive;

/// A table of the file, and its keys.
#[derive(Debug)]
pub struct Section {
    /// Its name, in brackets as it stands in the file; empty for what stands before all tables.
    pub name: &'static str,
    /// What it is about.
    pub meaning: &'static str,
    /// Its keys; none where all are free or without effect.
    pub keys: &'static [Setting],
}

/// A key of a table.
#[derive(Debug)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// What holds without it: a value as it stands in the file, words, or nothing where there must be one.
    pub default: &'static str,
    /// The least and the greatest value, of numbers.
    pub limits: Option<RangeInclusive<i64>>,
    /// What it is for.
    pub meaning: &'static str,
}

const fn key(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting {
        name,
        default,
        limits: None,
        meaning,
    }
}

const fn number(
    name: &'static str,
    default: &'static str,
    limits: RangeInclusive<i64>,
    meaning: &'static str,
) -> Setting {
    Setting {
        name,
        default,
        limits: Some(limits),
        meaning,
    }
}

const IGNORED: &str = "Accepted, without effect.";

/// All that the parser accepts, but for what is free: names of queues, arguments, properties.
pub const SECTIONS: [Section; 10] = [
    Section {
        name: "",
        meaning: "Before all tables. These keys may be written in upper case.",
        keys: &[
            key(
                "amqp_url",
                "`\"amqp://\"`",
                "The broker: `amqp://` or `amqps://`, user, password, host, port, virtual host (percent-encoded). Missing parts are guest, guest, localhost, 5672 or 5671, `/`. Parameters: `heartbeat` (seconds), `frame_max`, `channel_max`; `connection_attempts` and `retry_delay` have no effect. It may name several servers of a cluster, `amqp://u:p@rabbit1:5671,rabbit2:5671/v`, which are tried in turn. `AMQP_URL` goes over it.",
            ),
            key(
                "passive_declares",
                "`false`",
                "Queues must be there already. Bindings are made in any case.",
            ),
            key("publish_exchange", "", IGNORED),
            key("topic_prefix", "", IGNORED),
            key("publish_priority", "", IGNORED),
            key(
                "callback",
                "",
                "Accepted, without effect; a line in the log says so where it is not datanommer's.",
            ),
        ],
    },
    Section {
        name: "[tls]",
        meaning: "Used with `amqps` only.",
        keys: &[
            key(
                "ca_cert",
                "the platform's authorities",
                "PEM file with the only authorities to trust.",
            ),
            key(
                "certfile",
                "none",
                "PEM file with the certificate to show. With it nommer logs in by its certificate (SASL EXTERNAL), whatever the URL says. It is read again at each connection.",
            ),
            key(
                "keyfile",
                "none",
                "PEM file (PKCS#8, PKCS#1 or SEC1) with its key, read again as well.",
            ),
        ],
    },
    Section {
        name: "[queues.NAME]",
        meaning: "The queues to consume. `\"\"` is a queue that the broker names. Without any: one such queue, exclusive and deleted with the connection.",
        keys: &[
            key(
                "durable",
                "must be set",
                "It survives a restart of the broker.",
            ),
            key(
                "auto_delete",
                "must be set",
                "It vanishes with its last consumer.",
            ),
            key("exclusive", "must be set", "It belongs to one connection."),
            key(
                "arguments",
                "`{}`",
                "What else the broker is told of it, such as `x-queue-type = \"quorum\"`. Streams cannot be consumed.",
            ),
            key("passive", "`passive_declares`", "It must be there already."),
        ],
    },
    Section {
        name: "[[bindings]]",
        meaning: "What goes into the queues. Without any: everything from `amq.topic` into the queue `\"\"`.",
        keys: &[
            key("queue", "`\"\"`", "Into which queue."),
            key("exchange", "must be set", "From which exchange."),
            key(
                "routing_keys",
                "must be set",
                "Which messages: an array of patterns.",
            ),
        ],
    },
    Section {
        name: "[qos]",
        meaning: "What the Python client asks the broker for.",
        keys: &[
            number(
                "prefetch_count",
                "0",
                0..=65_535,
                "Deliveries under way, per queue, at most, where `[consumer_config]` does not say.",
            ),
            number(
                "prefetch_size",
                "0",
                0..=0,
                "The broker takes nothing else.",
            ),
        ],
    },
    Section {
        name: "[monitoring]",
        meaning: "Where those who watch are answered, see [Watching](nommer.md#watching). Nobody but them should reach it. Without it, nowhere.",
        keys: &[
            key(
                "address",
                "`\"\"`",
                "An IP address, `localhost`, or empty for all of the machine's.",
            ),
            number(
                "port",
                "must be set",
                0..=65_535,
                "0 is any that is free, which the log tells.",
            ),
        ],
    },
    Section {
        name: "[consumer_config]",
        meaning: "Ours, and where other keys are left alone.",
        keys: &[
            key(
                "datanommer_sqlalchemy_url",
                "none",
                "The database: `postgresql://user:password@host:port/database`, also with a driver named after a `+`. In user and password, all but letters and digits is percent-encoded. Libpq's parameters may follow after a `?`; `connect_timeout`, `tcp_user_timeout` and `keepalives_*` have defaults by which a dead machine is noticed within a minute. `DATABASE_URL` goes over it.",
            ),
            key(
                "management_url",
                "none",
                "The broker's management API: `http://` or `https://`, user, password, host and port, such as `http://watcher:secret@rabbit:15672`. By it nommer knows [how full its queues are](nommer.md#queues-that-fill). `AMQP_MANAGEMENT_URL` goes over it.",
            ),
            number(
                "batch_size",
                "500",
                1..=10_000,
                "Messages in one transaction, at most. Two transactions run at once.",
            ),
            number(
                "batch_bytes",
                "8388608",
                1..=268_435_456,
                "Bytes of bodies in one transaction; the message that exceeds it is the last.",
            ),
            number(
                "batch_age_ms",
                "20",
                0..=10_000,
                "How long the first message of a batch waits for others, in milliseconds.",
            ),
            number(
                "prefetch_count",
                "0",
                0..=65_535,
                "Deliveries under way, per queue, at most; 0 is what `[qos]` says, and else four times `batch_size`.",
            ),
            number(
                "prefetch_bytes",
                "67108864",
                1..=68_719_476_736,
                "What deliveries under way may take in memory, in bytes, of all queues; see [Memory](nommer.md#memory).",
            ),
            number(
                "shutdown_timeout_ms",
                "8000",
                100..=600_000,
                "How long stopping may take, in milliseconds.",
            ),
            key(
                "rules_directory",
                "none",
                "A directory of rule files over those built in, see [Rules](nommer.md#rules). `--rules` and `NOMMER_RULES` go over it.",
            ),
            key(
                "expected",
                "none",
                "A file that says how old the latest message of categories and topics may be, for [those who watch](nommer.md#watching), [audits](nommer.md#audits) and checks. It is read when a command starts.",
            ),
            key(
                "standbys",
                "0",
                "For how many standbys of the database each commit should wait, for [those who watch](nommer.md#watching) and `check database`: they are told while there are fewer, whatever the server is set to. It changes nothing of what commits wait for.",
            ),
            key(
                "backup_file",
                "none",
                "A file that is touched after each backup of the database, for [those who watch](nommer.md#watching) and `check database`: they are told when that was, or that it is not there.",
            ),
            key(
                "backup_age",
                "`\"2d\"`",
                "How old the last backup may be, such as `36h` or `8d`.",
            ),
            key(
                "log",
                "`\"info,lapin=off\"`",
                "Levels of the [log](nommer.md#log), such as `debug` or `info,archive=debug`. On SIGHUP, `consume` reads them again; `RUST_LOG` goes over them.",
            ),
        ],
    },
    Section {
        name: "[client_properties]",
        meaning: "Shown in the broker's list of connections. Lists become one text. `product`, `version` and `information` cannot be set.",
        keys: &[],
    },
    Section {
        name: "[exchanges]",
        meaning: IGNORED,
        keys: &[],
    },
    Section {
        name: "[log_config]",
        meaning: "Accepted, without effect, as `log` in `[consumer_config]` sets levels; a line in the log says so.",
        keys: &[],
    },
];
