//! `nommer status`

pub mod look;
mod screen;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use clap::Args;
use pythonic::json::to_text;
use service::say;

use self::look::Look;
use crate::config::settings::Config;
use crate::exit::Exit;

/// From how many to how many messages it went in this time is told as a rate.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// How to show it.
#[derive(Clone, Copy, Debug, Args)]
pub struct StatusOptions {
    /// Look again and again, every so many seconds, until it is interrupted.
    #[arg(
        long,
        value_name = "SECONDS",
        num_args = 0..=1,
        default_missing_value = "2",
        value_parser = clap::value_parser!(u64).range(1..=3600)
    )]
    watch: Option<u64>,
    /// Tell it as a JSON object in a line.
    #[arg(long)]
    json: bool,
}

/// Shows how it is, or how it goes on.
pub fn run(config: &Config, options: &StatusOptions) -> Result<(), Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Exit::Failed(format!("no threads: {error}")))?;
    let mut before = Look::of_program(config);
    let mut rest = BETWEEN_LOOKS;
    loop {
        std::thread::sleep(rest);
        let mut now = Look::of_program(config);
        now.compare(&before);
        runtime.block_on(now.look_around(config));
        show(&now, options);
        let Some(seconds) = options.watch else {
            return if now.is_well() {
                Ok(())
            } else {
                Err(Exit::Checked(1))
            };
        };
        before = now;
        rest = Duration::from_secs(seconds);
    }
}

fn show(now: &Look, options: &StatusOptions) {
    if options.json {
        return say(to_text(now));
    }
    let is_terminal = io::stdout().is_terminal();
    let screen = screen::of(now, is_terminal);
    if options.watch.is_some() && is_terminal {
        // From the upper left corner on; what was there is cleared line by line, which does not flicker.
        say(format_args!(
            "\x1b[H{}\x1b[J",
            screen.replace('\n', "\x1b[K\n")
        ));
    } else if options.watch.is_some() {
        say(screen + "\n");
    } else {
        say(screen);
    }
}
