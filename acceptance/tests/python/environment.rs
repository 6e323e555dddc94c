//! A virtual environment with the published packages, made once and kept under `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Its folder of programs; `None`, said loudly, where there is no Python.
pub fn programs() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAMS
        .get_or_init(|| {
            let found = Command::new("python3")
                .args(["-c", "import venv, ensurepip"])
                .status();
            if !found.is_ok_and(|status| status.success()) {
                eprintln!("SKIPPED: no python3 with venv (Debian: apt-get install python3-venv)");
                return None;
            }
            Some(install())
        })
        .as_deref()
}

fn install() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let requirements = package.join("tests/python/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).expect("readable");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| package.join("../target"), PathBuf::from);
    let folder = target.join("python");
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return folder.join("bin");
    }
    eprintln!("installing the Python packages under {}", folder.display());
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&folder));
    let mut pip = Command::new(folder.join("bin/pip"));
    run(pip
        .args(["install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements));
    std::fs::write(stamp, wanted).expect("written");
    folder.join("bin")
}

/// Runs it; answers what it printed.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}:\n{printed}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    printed
}

/// A script beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/python")
        .join(name)
}
