//! A publisher that keeps publishing numbered messages, whatever happens to the broker.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use serde_json::json;

use crate::support::amqp;

pub struct Stream {
    stop: Arc<AtomicBool>,
    next: Arc<AtomicU32>,
    confirmed: Arc<Mutex<BTreeSet<u32>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Stream {
    /// Publishes about `rate` messages a second until stopped.
    pub fn start(url: &str, rate: u32) -> Self {
        let (stop, next) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU32::new(0)),
        );
        let confirmed = Arc::new(Mutex::new(BTreeSet::new()));
        let thread = std::thread::spawn({
            let (url, stop, next, confirmed) = (
                url.to_owned(),
                stop.clone(),
                next.clone(),
                confirmed.clone(),
            );
            move || {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(1)
                    .enable_all()
                    .build()
                    .expect("a runtime");
                while !stop.load(Ordering::Relaxed) {
                    // Any failure: connect again, with the next number.
                    let _ = runtime.block_on(publish(&url, rate, &stop, &next, &confirmed));
                    std::thread::sleep(Duration::from_millis(100));
                }
            }
        });
        Self {
            stop,
            next,
            confirmed,
            thread: Some(thread),
        }
    }

    pub fn confirmed(&self) -> usize {
        self.confirmed.lock().expect("no panic").len()
    }

    /// Waits until as many more are confirmed.
    pub fn wait_for(&self, more: usize) {
        let goal = self.confirmed() + more;
        crate::support::eventually("messages are published", Duration::from_secs(60), || {
            self.confirmed() >= goal
        });
    }

    /// Ends it; answers the confirmed numbers and how many were tried.
    pub fn finish(mut self) -> (BTreeSet<u32>, u32) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread
            .take()
            .expect("started")
            .join()
            .expect("no panic");
        (
            std::mem::take(&mut self.confirmed.lock().expect("no panic")),
            self.next.load(Ordering::Relaxed),
        )
    }
}

async fn publish(
    url: &str,
    rate: u32,
    stop: &AtomicBool,
    next: &AtomicU32,
    confirmed: &Mutex<BTreeSet<u32>>,
) -> Result<(), Box<dyn std::error::Error>> {
    const BURST: u32 = 20;
    let patience = Duration::from_secs(5);
    let connection = tokio::time::timeout(
        patience,
        Connection::connect(url, ConnectionProperties::default()),
    )
    .await??;
    let channel = connection.create_channel().await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    while !stop.load(Ordering::Relaxed) {
        let mut confirms = Vec::new();
        for _ in 0..BURST {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let body = format!(
                r#"{{"n": {n}, "padding": "{}"}}"#,
                "x".repeat(n as usize % 3000)
            );
            let options = BasicPublishOptions {
                mandatory: true,
                ..BasicPublishOptions::default()
            };
            let publish = channel.basic_publish(
                "amq.topic".into(),
                "load.b.c.d".into(),
                options,
                body.as_bytes(),
                properties(n),
            );
            confirms.push((n, publish.await?));
        }
        for (n, confirm) in confirms {
            let confirmation = tokio::time::timeout(patience, confirm).await??;
            // A returned message was confirmed too, but reached no queue.
            if confirmation.is_ack() && confirmation.take_message().is_none() {
                confirmed.lock().expect("no panic").insert(n);
            }
        }
        tokio::time::sleep(Duration::from_secs(1) * BURST / rate).await;
    }
    connection.close(200, "done".into()).await?;
    Ok(())
}

/// Some with all that makes a message unique, some without a time, some without an id. Each is about
/// one user and one package.
fn properties(n: u32) -> BasicProperties {
    let mut headers = json!({
        format!("fedora_messaging_user_u{}", n % 50): true,
        format!("fedora_messaging_rpm_p{}", n % 70): true,
    });
    if !matches!(n % 5, 0 | 1) {
        headers["sent-at"] = "2024-05-01T10:00:00+00:00".into();
    }
    let mut properties = json!({"content_encoding": "utf-8", "delivery_mode": 2});
    if !matches!(n % 5, 1 | 2) {
        properties["message_id"] = format!("message-{n}").into();
    }
    properties["headers"] = headers;
    amqp::from_json(&properties)
}
