//! The files of the workspace, read and parsed once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders that are not ours or hold what is built.
const STRANGE: [&str; 3] = ["target", "node_modules", ".git"];

/// A Rust file.
pub struct Source {
    /// From the root of the workspace, such as `archive/src/search.rs`.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// Its syntax; where an item stands is in its spans.
    pub syntax: syn::File,
}

impl Source {
    /// Parses `text` as the file `path`.
    ///
    /// # Errors
    /// When it is not Rust.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            text: text.to_owned(),
            syntax: syn::parse_file(text).with_context(|| format!("parsing {path}"))?,
        })
    }

    /// Whether the file as a whole is there for tests, benchmarks or examples.
    pub(crate) fn is_for_tests(&self) -> bool {
        let outside = ["/tests/", "/benches/", "/examples/"];
        outside.iter().any(|folder| self.path.contains(folder)) || self.path.ends_with("/tests.rs")
    }
}

/// A file that is text: its path from the root of the workspace, and what is in it.
pub type Text = (String, String);

/// Reads all text files of the workspace at `root`, in the order of their paths.
///
/// # Errors
/// When a folder or file cannot be read.
pub fn read_texts(root: &Path) -> Result<Vec<Text>> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let path = file.strip_prefix(root)?.to_string_lossy().into_owned();
        let bytes = fs::read(&file).with_context(|| format!("reading {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            texts.push((path, text));
        }
    }
    Ok(texts)
}

/// Parses the Rust files among `texts`.
///
/// # Errors
/// When one is not Rust.
pub fn parse_sources(texts: &[Text]) -> Result<Vec<Source>> {
    let files = texts.iter().filter(|(path, _)| path.ends_with(".rs"));
    files
        .map(|(path, text)| Source::parse(path, text))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && !STRANGE.iter().any(|name| entry.file_name() == *name) {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}
