//! The wish that something is read again.

use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens to SIGHUP, which from then on does not end the program any more.
pub struct Reload(Signal);

impl Reload {
    /// Listens from now on. What comes before [`Reload::each`] is kept until then.
    pub fn listen() -> std::io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    /// Calls `read`, which may block, at each signal, and never twice at once.
    pub fn each(mut self, read: impl Fn() + Send + Sync + 'static) {
        let read = Arc::new(read);
        tokio::spawn(async move {
            while self.0.recv().await.is_some() {
                let read = read.clone();
                // Should it panic, what was read before stays, and the next signal has its turn.
                let _ = tokio::task::spawn_blocking(move || read()).await;
            }
        });
    }
}
