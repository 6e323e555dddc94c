//! What shells complete: programs, commands, options and the values that an option allows.

use std::path::Path;

use anyhow::{Context, Result};
use clap::Command;
use clap_complete::{Shell, generate_to};

use crate::folder::make;

/// Writes what each shell completes of a program, under the name by which that shell finds it.
pub fn write(mut program: Command, folder: &Path) -> Result<()> {
    let name = program.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let place = make(folder, &shell.to_string())?;
        generate_to(shell, &mut program, &name, &place)
            .with_context(|| format!("cannot write into {}", place.display()))?;
    }
    Ok(())
}
