//! nommer and grepper as their users start them, in a clean environment.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::environment::clean;

/// The built program `name` of this workspace, which no setting of whoever runs us reaches.
///
/// # Errors
/// When it has not been built.
pub fn program(name: &str) -> Result<Command> {
    let mut command = Command::new(devstack::binary(name)?);
    clean(&mut command);
    Ok(command)
}

/// Makes the tables, by `nommer migrate`.
///
/// # Errors
/// With what nommer said, when it fails.
pub fn migrate(database_url: &str) -> Result<()> {
    let output = program("nommer")?
        .arg("migrate")
        .env("DATABASE_URL", database_url)
        .output()?;
    if !output.status.success() {
        bail!(
            "nommer migrate failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// `nommer consume` with this configuration file.
///
/// # Errors
/// When nommer has not been built.
pub fn consume(file: &Path) -> Result<Command> {
    let mut command = program("nommer")?;
    command.arg("consume").arg("-c").arg(file);
    Ok(command)
}

/// grepper, to serve this database at `listen` (host and port).
///
/// # Errors
/// When grepper has not been built.
pub fn serve(database_url: &str, listen: &str) -> Result<Command> {
    let mut command = program("grepper")?;
    command.args(["--database-url", database_url, "--listen", listen]);
    Ok(command)
}
