//! Virtual environments of Python, made once from a list of packages and kept under `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where builds go: `target/`, or what stands for it.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    )
}

/// Whether Python can make them; says so loudly where it cannot.
pub fn is_possible() -> bool {
    let found = Command::new("python3")
        .args(["-c", "import venv, ensurepip"])
        .status();
    let possible = found.is_ok_and(|status| status.success());
    if !possible {
        eprintln!("SKIPPED: no python3 with venv (Debian: apt-get install python3-venv)");
    }
    possible
}

/// The folder `name` under `target/`, of which `make` makes an environment with the packages of `list`, a file: anew
/// where the list has changed.
///
/// # Errors
/// What `make` answers; then the next one tries again.
pub fn made_once<E>(
    list: &Path,
    name: &str,
    make: impl FnOnce(&Path, &Path) -> Result<(), E>,
) -> Result<PathBuf, E> {
    let wanted = std::fs::read_to_string(list).expect("readable");
    let folder = target().join(name);
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    eprintln!("installing the Python packages under {}", folder.display());
    make(&folder, list)?;
    std::fs::write(stamp, wanted).expect("written");
    Ok(folder)
}

/// What makes an empty environment of a folder.
pub fn venv(folder: &Path) -> Command {
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    venv
}

/// The installer of an environment, to which packages are to be named.
pub fn pip(programs: &Path) -> Command {
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    pip
}
