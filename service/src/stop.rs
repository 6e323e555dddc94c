//! The wish to stop.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells all who hold it when to stop.
#[derive(Clone)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens to SIGTERM and SIGINT from now on. Only the first counts.
    pub fn on_signals() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (sender, stop) = watch::channel(false);
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            tracing::info!(signal = name, "stopping");
            // Fails only if nobody listens any more.
            let _ = sender.send(true);
            sender.closed().await;
        });
        Ok(Self(stop))
    }

    /// Waits until it is time to stop.
    pub async fn requested(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            // Nobody is left who could ask for it.
            std::future::pending::<()>().await;
        }
    }

    /// Sleeps; answers whether it is time to stop before the end of it.
    pub async fn sleep(&mut self, pause: std::time::Duration) -> bool {
        tokio::time::timeout(pause, self.requested()).await.is_ok()
    }
}
