//! Asks a program for its metrics, as Prometheus does.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use devstack::free_port;

/// Prometheus is usually set up to ask every 15 to 60 seconds.
const PAUSE: Duration = Duration::from_secs(1);
/// Before the first answer: a program may be done within a second.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks each second until it is dropped.
pub struct Watcher {
    /// Where the program is to listen for it, on 127.0.0.1.
    pub port: u16,
    answered: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Watcher {
    /// Begins to ask, whether or not the program runs already.
    pub fn start() -> Result<Self> {
        let watcher = Self {
            port: free_port()?,
            answered: Arc::default(),
            over: Arc::default(),
        };
        let (port, answered, over) = (watcher.port, watcher.answered.clone(), watcher.over.clone());
        thread::spawn(move || {
            let mut pause = FIRST_PAUSE;
            while !over.load(Ordering::Relaxed) {
                if ask(port).is_ok_and(|answer| answer.starts_with("HTTP/1.0 200 ")) {
                    answered.fetch_add(1, Ordering::Relaxed);
                    pause = PAUSE;
                }
                thread::sleep(pause);
            }
        });
        Ok(watcher)
    }

    /// Fails if it never had an answer: then nothing was measured.
    pub fn ensure_answered(&self) -> Result<()> {
        let answered = self.answered.load(Ordering::Relaxed);
        ensure!(answered > 0, "no metrics at port {}", self.port);
        Ok(())
    }

    /// The sum of `metric` where it has `label`; 0 while there is no answer.
    pub fn sum(&self, metric: &str, label: &str) -> f64 {
        let answer = ask(self.port).unwrap_or_default();
        let lines = answer
            .lines()
            .filter(|line| line.starts_with(metric) && line.contains(label));
        let numbers = lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok());
        numbers.sum()
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// The whole answer, its head included.
fn ask(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
