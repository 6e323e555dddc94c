//! Everything together, on private servers and with sample traffic.
//!
//! Without arguments it leaves the traffic flowing, in which builds go their way, and tells where to look. With
//! `--check` it asks the questions itself, compares the answers with what was
//! published, and ends with 0 if all were right.

mod questions;
mod say;
mod site;
mod stack;
mod stream;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use service::{complain, say as print};

use crate::say::say;
use crate::stack::Stack;
use crate::stream::Stream;

const HISTORY: u32 = 4000;
const DAYS: u32 = 30;

fn main() -> ExitCode {
    match run(&CommandLine::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(format_args!("demo: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Publishes some weeks of sample traffic and shows how it is archived and answered.
#[derive(clap::Parser)]
#[command(name = "demo", version)]
struct CommandLine {
    /// Ask the questions, compare the answers and end.
    #[arg(long)]
    check: bool,
}

fn run(CommandLine { check }: &CommandLine) -> Result<bool> {
    let mut stack = Stack::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;

    say(&format!(
        "publishing {HISTORY} messages of the last {DAYS} days"
    ));
    let published = Instant::now();
    let mut stream = runtime.block_on(Stream::start(&stack.rabbit.url(), HISTORY, DAYS))?;
    stack.wait_until_archived(HISTORY.into())?;
    say(&format!(
        "all of them are archived, {:.1} s after the first was sent",
        published.elapsed().as_secs_f64()
    ));

    if *check {
        let right = questions::ask_all(&stack.site, &stream.published)?;
        let live = runtime.block_on(stream.publish_one())?;
        let seen = stack.site.wait_for_message(&live.id)?;
        say(&format!(
            "a message published just now was found {} ms later",
            seen.as_millis()
        ));
        return Ok(right);
    }
    let url = stack.site.url.clone();
    invite(&url, &stream.road().context("no story is being told")?);
    runtime.block_on(stream.trickle(&url, || stack.check_programs()))?;
    say("stopping");
    Ok(true)
}

fn invite(url: &str, road: &str) {
    print(format_args!(
        "
    In a browser  {url}/

    What did adamk do last?
    curl -s '{url}/v2/search?user=adamk&rows_per_page=1&meta=summary'

    How much happened to the kernel this week? See \"total\".
    curl -s '{url}/raw?package=kernel&delta=604800&rows_per_page=1'

    How far has this build come? A browser shows a page.
    curl -s '{url}{road}'

    Is it with the users, or has it failed? This waits for the answer, for up to five minutes. See \"met\".
    curl -s '{url}{road}&until=stable:passed,failed,build:failed&wait=300'

    How many messages are there? Two more arrive each second.
    curl -s '{url}/messagecount'

    Ctrl-C stops everything and removes the data.
"
    ));
}
