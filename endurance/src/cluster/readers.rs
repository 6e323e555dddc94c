//! Clients that read all the time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::Result;
use simulator::Random;

use crate::background::quiet::question;
use crate::journal::Journal;
use crate::wire;

/// How many there are.
pub const CLIENTS: usize = 50;
/// From one question of a client to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// An answer: of which grepper, when it came, how long it took, and its status; none where the connection was
/// refused or broke.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    pub grepper: usize,
    pub at: Duration,
    pub took: Duration,
    pub status: Option<u16>,
}

/// Client `number` asks its grepper until all is over.
pub fn run(
    journal: &Journal,
    over: &AtomicBool,
    addresses: &[String],
    number: usize,
) -> Vec<Answer> {
    let grepper = number % addresses.len();
    let mut random = Random::new(number as u64);
    let agent = wire::agent();
    let mut answers = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let path = question(&mut random);
        let from = journal.now();
        let told = ask(&agent, &format!("http://{}{path}", addresses[grepper]));
        let at = journal.now();
        let took = at.saturating_sub(from);
        let status = told.as_ref().ok().map(|(status, _)| *status);
        let failure = match told {
            Ok((status, text)) if status >= 500 => Some(format!("{status}: {text}")),
            Ok(_) => None,
            Err(error) => Some(format!("{error:#}")),
        };
        if let Some(failure) = failure {
            journal.say(&format!(
                "grepper-{}: {path} after {took:.1?}: {}",
                grepper + 1,
                failure.trim()
            ));
        }
        answers.push(Answer {
            grepper,
            at,
            took,
            status,
        });
        thread::sleep(PAUSE.saturating_sub(took));
    }
    answers
}

/// The status and the text of the answer, once all of it has come.
fn ask(agent: &ureq::Agent, url: &str) -> Result<(u16, String)> {
    let mut answer = agent.get(url).call()?;
    let text = answer.body_mut().read_to_vec()?;
    Ok((
        answer.status().as_u16(),
        String::from_utf8_lossy(&text).into_owned(),
    ))
}
