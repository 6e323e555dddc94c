//! Publishing to a real broker.

use std::time::Duration;

use lapin::options::{
    BasicGetOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use simulator::{Publisher, messages};

fn url() -> String {
    devstack::shared_rabbit().expect("RabbitMQ starts").url()
}

/// A channel, and an exchange of the test's own.
async fn exchange(name: &str) -> Channel {
    let connection = Connection::connect(&url(), ConnectionProperties::default())
        .await
        .expect("connects");
    let channel = connection.create_channel().await.expect("opens");
    let options = ExchangeDeclareOptions::default();
    channel
        .exchange_declare(
            name.into(),
            ExchangeKind::Topic,
            options,
            FieldTable::default(),
        )
        .await
        .expect("declares");
    channel
}

/// Binds a queue, of the exchange's name, to everything.
async fn bind(channel: &Channel, name: &str) {
    let (declare, bind) = (QueueDeclareOptions::default(), QueueBindOptions::default());
    channel
        .queue_declare(name.into(), declare, FieldTable::default())
        .await
        .expect("declares");
    channel
        .queue_bind(
            name.into(),
            name.into(),
            "#".into(),
            bind,
            FieldTable::default(),
        )
        .await
        .expect("binds");
}

#[tokio::test]
async fn the_first_message_waits_for_a_queue_and_all_arrive() {
    let channel = exchange("simulator.waits").await;
    let binding = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        bind(&channel, "simulator.waits").await;
    };
    let publishing = async {
        let patience = Duration::from_secs(30);
        let mut publisher = Publisher::connect(&url(), "simulator.waits", patience)
            .await
            .expect("connects");
        for sample in messages(1).take(1200) {
            publisher.publish(&sample).await.expect("publishes");
        }
        publisher.flush().await.expect("confirmed");
    };
    tokio::join!(binding, publishing);

    let get = channel
        .basic_get("simulator.waits".into(), BasicGetOptions::default())
        .await
        .expect("gets");
    let first = get.expect("a message");
    assert_eq!(first.message_count, 1199);
    let sample = messages(1).next().expect("the stream is endless");
    assert_eq!(first.delivery.routing_key.as_str(), sample.topic);
    assert_eq!(first.delivery.data, sample.body.as_bytes());
    assert_eq!(first.delivery.properties, sample.properties());
}

#[tokio::test]
async fn a_message_that_no_queue_takes_is_an_error() {
    exchange("simulator.nobody").await;
    let patience = Duration::from_millis(200);
    let mut publisher = Publisher::connect(&url(), "simulator.nobody", patience)
        .await
        .expect("connects");
    let sample = messages(1).next().expect("the stream is endless");
    let error = publisher
        .publish(&sample)
        .await
        .expect_err("no queue is bound");
    assert!(error.to_string().contains("no queue is bound"), "{error}");
}
