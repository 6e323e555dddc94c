//! Clients that wait for roads, each on a connection of its own and none on a thread.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// Between two attempts, as while a server is started again.
const PAUSE: Duration = Duration::from_millis(200);
/// Seconds for which each request waits.
const WAIT: u32 = 60;
/// A client that is not answered by then never will be.
const PATIENCE: Duration = Duration::from_secs(300);

/// When a client was answered, and how often it had to ask.
pub struct Answered {
    /// When the last byte came.
    pub at: Instant,
    /// Requests that it took.
    pub requests: usize,
}

/// Waits until the build is passed, whatever happens to the server at `address` meanwhile. Fails if the answer is another.
pub async fn until_passed(address: &str, nvr: &str) -> Result<Answered> {
    let began = Instant::now();
    let mut requests = 0;
    loop {
        ensure!(began.elapsed() < PATIENCE, "{nvr}: not answered");
        requests += 1;
        let Ok((status, body)) = ask(address, nvr).await else {
            sleep(PAUSE).await;
            continue;
        };
        if status == 503 {
            sleep(PAUSE).await;
            continue;
        }
        ensure!(status == 200, "{nvr}: {status} {body}");
        let answer: Value = serde_json::from_str(&body).context("no JSON")?;
        let road = &answer["roads"][0];
        if answer["met"] == true {
            ensure!(
                road["subject"] == format!("nvr:{nvr}")
                    && road["stages"]["build"]["word"] == "passed",
                "{nvr}: told {body}"
            );
            let at = Instant::now();
            return Ok(Answered { at, requests });
        }
        ensure!(answer["met"] == false, "{nvr}: told {body}");
    }
}

async fn ask(address: &str, nvr: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(address).await?;
    let path = format!("/v2/road?nvr={nvr}&until=build:passed&wait={WAIT}");
    let head = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    Ok((status, body.to_owned()))
}
