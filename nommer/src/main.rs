//! The program: see the library.

use clap::Parser as _;
use nommer::commands::command_line::{Cli, Command};
use nommer::exit::Exit;

fn main() {
    let cli = Cli::parse();
    // The client library reports as errors what we report with what we do about it.
    service::log::start("info,lapin=off");
    let exit = nommer::commands::run(&cli);
    match exit {
        // The other commands have said on standard output what they did.
        Exit::Clean if !matches!(cli.command, Command::Consume) => {}
        Exit::Clean => tracing::info!(code = exit.code(), "{exit}"),
        _ => tracing::error!(code = exit.code(), "{exit}"),
    }
    // Not by returning, which would wait for threads that wait for a server.
    std::process::exit(exit.code().into());
}
