//! Folders for what is written.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A folder below another one, made if need be.
pub fn make(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
    Ok(path)
}
