//! What systemd is told: that consuming has begun, how it fares, and, for its watchdog, that it moves.

use std::time::Duration;

use sd_notify::NotifyState::{self, Ready, Status, Stopping, Watchdog};
use service::Stop;
use tokio::time::Instant;

use crate::vitals::Vitals;
use crate::vitals::report::Totals;

/// Between two words, once consuming has begun; before that, it is told soon.
const BETWEEN: Duration = Duration::from_secs(5);
const SOON: Duration = Duration::from_millis(500);

/// Tells it until the program ends, if systemd listens.
pub fn start(vitals: &Vitals, stop: &Stop) {
    if std::env::var_os("NOTIFY_SOCKET").is_some() {
        tokio::spawn(tell(vitals.clone(), stop.clone()));
    }
}

async fn tell(vitals: Vitals, mut stop: Stop) {
    let watchdog = sd_notify::watchdog_enabled();
    let between = watchdog.map_or(BETWEEN, |limit| BETWEEN.min(limit / 4));
    let mut before = (Instant::now(), vitals.totals());
    let (mut is_ready, mut is_stopping) = (false, false);
    loop {
        let now = (Instant::now(), vitals.totals());
        let status = status(&vitals, before, now);
        before = now;
        let mut states = vec![Status(&status)];
        if !is_ready && vitals.has_consumed() {
            is_ready = true;
            states.push(Ready);
        }
        // Half of its limit is left to whoever is only slow.
        if watchdog.is_some_and(|limit| vitals.stuck() < limit / 2) {
            states.push(Watchdog);
        }
        send(&states);
        let pause = if is_ready { between } else { between.min(SOON) };
        if is_stopping {
            tokio::time::sleep(pause).await;
        } else if stop.sleep(pause).await {
            is_stopping = true;
            send(&[Stopping]);
        }
    }
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd is not told");
    }
}

/// A line that `systemctl status` shows.
fn status(vitals: &Vitals, before: (Instant, Totals), now: (Instant, Totals)) -> String {
    let Totals {
        received,
        put_aside,
        ..
    } = now.1;
    let settled = now.1.settled();
    let since = settled - before.1.settled();
    let seconds = (now.0 - before.0).as_secs_f64().max(0.001);
    let doing = if vitals.is_consuming() {
        "consuming"
    } else {
        "not consuming"
    };
    format!(
        "{doing}: {settled} settled, {put_aside} of them put aside; {held} held; {rate:.1} a second",
        held = received.saturating_sub(settled),
        rate = since as f64 / seconds,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_line_tells_what_is_done_and_how_fast() {
        let vitals = Vitals::new();
        let start = Instant::now();
        let totals = Totals {
            received: 130,
            archived: 124,
            put_aside: 1,
        };
        let now = (start + Duration::from_secs(5), totals);
        let line = status(&vitals, (start, Totals::default()), now);
        let expected = "not consuming: 125 settled, 1 of them put aside; 5 held; 25.0 a second";
        assert_eq!(line, expected);
    }
}
