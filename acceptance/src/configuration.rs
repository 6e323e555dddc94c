//! nommer's configuration: the incumbent's file with one queue.

/// A whole file: what [`queue_settings`] says, with the addresses of broker and database.
#[must_use]
pub fn configuration(amqp_url: &str, database_url: &str, queue: &str, routing_key: &str) -> String {
    let queue = queue_settings(queue, routing_key);
    format!(
        r#"amqp_url = "{amqp_url}"
callback = "datanommer.consumer:Nommer"

{queue}
[consumer_config]
datanommer_sqlalchemy_url = "{database_url}"
"#
    )
}

/// The part of a file that names one durable queue and binds it to what `amq.topic` gets under `routing_key`.
#[must_use]
pub fn queue_settings(queue: &str, routing_key: &str) -> String {
    format!(
        r##"[queues."{queue}"]
durable = true
auto_delete = false
exclusive = false
arguments = {{}}

[[bindings]]
queue = "{queue}"
exchange = "amq.topic"
routing_keys = ["{routing_key}"]
"##
    )
}
