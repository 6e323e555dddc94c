//! The browser, and the Python that drives it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::virtual_environment::{is_possible, made_once, pip, venv};

/// What the suite runs by.
pub struct Environment {
    pub python: PathBuf,
    pub chromium: PathBuf,
}

/// `None`, said loudly, where something of it cannot be had.
pub fn environment() -> Option<&'static Environment> {
    static ENVIRONMENT: OnceLock<Option<Environment>> = OnceLock::new();
    let find = || {
        let chromium = chromium()?;
        let python = python()?;
        Some(Environment { python, chromium })
    };
    ENVIRONMENT.get_or_init(find).as_ref()
}

/// The distribution's; a snap, which Ubuntu has instead, cannot be driven from outside.
fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| ["chromium", "chromium-browser"].map(|name| folder.join(name)))
        .find(|program| program.is_file() && !is_snap(program));
    if found.is_none() {
        eprintln!(
            "SKIPPED: no Chromium (./install --tests brings it on Debian and Fedora; Ubuntu has but a snap)"
        );
    }
    found
}

/// Whether it is one, or a script that starts one.
fn is_snap(program: &Path) -> bool {
    let real = program.canonicalize().unwrap_or_default();
    let text = std::fs::read(&real).unwrap_or_default();
    let names_snap = text.windows(6).any(|window| window == b"/snap/");
    real.starts_with("/snap") || (text.starts_with(b"#!") && names_snap)
}

fn python() -> Option<PathBuf> {
    if !is_possible() {
        return None;
    }
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/requirements.txt");
    let folder = made_once(&list, "python-browser", |folder, list| {
        finish(&mut venv(folder))?;
        finish(pip(&folder.join("bin")).arg("-r").arg(list))
    });
    match folder {
        Ok(folder) => Some(folder.join("bin/python")),
        Err(told) => {
            eprintln!("SKIPPED: what drives the browser cannot be had from PyPI: {told}");
            None
        }
    }
}

/// Fails with what it said.
fn finish(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or(told)
}
