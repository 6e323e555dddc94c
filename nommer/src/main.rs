//! The program: see the library.

use nommer::commands::command_line::Command;
use nommer::commands::old_names;
use nommer::exit::Exit;

fn main() {
    let code = match old_names::parse(std::env::args_os().collect()) {
        Ok(cli) => {
            // The client library reports as errors what we report with what we do about it.
            service::log::start("info,lapin=off");
            let exit = nommer::commands::run(&cli);
            match exit {
                // The other commands have said on standard output what they did.
                Exit::Clean if !matches!(cli.command, Command::Consume(_)) => {}
                Exit::Checked(_) => {}
                Exit::Clean => tracing::info!(code = exit.code(), "{exit}"),
                _ => tracing::error!(code = exit.code(), "{exit}"),
            }
            exit.code()
        }
        Err(code) => code,
    };
    // Not by returning, which would wait for threads that wait for a server.
    std::process::exit(code.into());
}
