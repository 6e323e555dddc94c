//! Manual pages: one a program, and one for each of its commands.

use std::path::Path;

use anyhow::{Context, Result};
use clap::Command;
use clap_mangen::Man;
use nommer::commands::old_names::NAMES;

/// Writes the pages of a program and of all commands below it.
pub fn write(program: Command, folder: &Path) -> Result<()> {
    let mut program = program.disable_help_subcommand(true);
    // Names of commands, such as nommer-dump, are known from here on.
    program.build();
    let version = program.get_version().unwrap_or_default();
    let source = format!("{} {version}", program.get_name());
    write_all(&program, &source, folder)
}

fn write_all(command: &Command, source: &str, folder: &Path) -> Result<()> {
    // Without a date: whatever is built from the same source is the same.
    let page = Man::new(command.clone())
        .date("")
        .source(source)
        .manual("nommer and grepper");
    let file = folder.join(page.get_filename());
    let mut text = Vec::new();
    page.render(&mut text)?;
    store(&file, &text)?;
    for below in command.get_subcommands() {
        write_all(below, source, folder)?;
    }
    Ok(())
}

/// Writes a page for each name of the incumbent's programs, which leads to that of our command.
pub fn write_old_names(folder: &Path) -> Result<()> {
    for (name, verb) in NAMES {
        let text = format!(".so man1/nommer-{verb}.1\n");
        store(&folder.join(format!("{name}.1")), text.as_bytes())?;
    }
    Ok(())
}

fn store(file: &Path, text: &[u8]) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
