//! Finds the binaries of this workspace.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// The path of the workspace's built binary `name` (`nommer`, `grepper`, …), from
/// the same `target/<profile>/` as the running executable.
///
/// # Errors
/// When it has not been built.
pub fn binary(name: &str) -> Result<PathBuf> {
    let running = std::env::current_exe().context("finding the running executable")?;
    let mut folder = running;
    folder.pop();
    // Tests are in target/<profile>/deps/, examples in target/<profile>/examples/.
    if folder.ends_with("deps") || folder.ends_with("examples") {
        folder.pop();
    }
    let path = folder.join(name);
    if !path.is_file() {
        bail!(
            "{} is missing: run `cargo build --workspace` first (with the same profile)",
            path.display()
        );
    }
    Ok(path)
}
