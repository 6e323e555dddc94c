//! How far it is: a bar on a terminal, and lines elsewhere.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use archive::adopt::Told;
use indicatif::{ProgressBar, ProgressStyle};
use service::say;

use crate::words::counted;

/// How often a line is printed where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(30);

/// What is shown while messages are read. Any thread may tell it.
pub struct Meter {
    bar: ProgressBar,
    began: Instant,
    lines: Mutex<Lines>,
}

struct Lines {
    read: u64,
    skipped: u64,
    last: Instant,
}

impl Meter {
    /// With about so many messages before it.
    pub fn new(messages: u64) -> Self {
        // Hidden where standard error is no terminal.
        let bar = ProgressBar::new(messages);
        if let Ok(style) =
            ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
        {
            bar.set_style(style);
        }
        let now = Instant::now();
        Self {
            bar,
            began: now,
            lines: Mutex::new(Lines {
                read: 0,
                skipped: 0,
                last: now,
            }),
        }
    }

    /// Shows what was told.
    pub fn told(&self, told: Told) {
        let (Told::Read(messages) | Told::Skipped(messages)) = told;
        self.bar.inc(messages);
        let Ok(mut lines) = self.lines.lock() else {
            return;
        };
        match told {
            Told::Read(read) => lines.read += read,
            Told::Skipped(skipped) => lines.skipped += skipped,
        }
        if self.bar.is_hidden() && lines.last.elapsed() >= BETWEEN_LINES {
            lines.last = Instant::now();
            let (read, left) = (counted(lines.read, "message"), self.left(&lines));
            say(format_args!(
                "read {read}, {:.0} a second{left}",
                self.rate(lines.read)
            ));
        }
    }

    /// Messages a second so far.
    pub fn rate(&self, messages: u64) -> f64 {
        messages as f64 / self.began.elapsed().as_secs_f64().max(0.001)
    }

    /// How long it will take, if what was said of the number of messages is true.
    fn left(&self, lines: &Lines) -> String {
        let all = self.bar.length().unwrap_or_default();
        let ahead = all.saturating_sub(lines.read + lines.skipped);
        if ahead == 0 || lines.read == 0 {
            return String::new();
        }
        let seconds = ahead as f64 / self.rate(lines.read);
        format!(", about {} left", duration(seconds))
    }

    /// Takes the bar away, and answers how many seconds it was there.
    pub fn end(&self) -> f64 {
        self.bar.finish_and_clear();
        self.began.elapsed().as_secs_f64()
    }
}

/// A duration in words.
pub fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 100.0 => format!("{seconds:.0} s"),
        seconds if seconds < 6000.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_in_units_that_one_can_imagine() {
        for (seconds, words) in [
            (0.4, "0 s"),
            (99.0, "99 s"),
            (150.0, "2 min"),
            (9000.0, "2.5 h"),
        ] {
            assert_eq!(duration(seconds), words);
        }
    }
}
