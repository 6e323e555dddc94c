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

/// The folder with the classes of messages, for `PYTHONPATH`: with it, the incumbent knows whom messages concern.
pub fn classes() -> Option<&'static Path> {
    static CLASSES: OnceLock<Option<PathBuf>> = OnceLock::new();
    CLASSES
        .get_or_init(|| {
            let programs = programs()?;
            Some(made_once(
                "classes.txt",
                "python-classes",
                |folder, list| {
                    // What they need in common is in the environment.
                    run(pip(programs)
                        .args(["--no-deps", "--upgrade", "--target"])
                        .arg(folder)
                        .arg("-r")
                        .arg(list));
                },
            ))
        })
        .as_deref()
}

fn install() -> PathBuf {
    let folder = made_once("requirements.txt", "python", |folder, list| {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(folder));
        run(pip(&folder.join("bin")).arg("-r").arg(list));
    });
    folder.join("bin")
}

fn pip(programs: &Path) -> Command {
    let mut pip = Command::new(programs.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// A folder under `target/`, made anew where the list of packages beside this file has changed.
fn made_once(list: &str, name: &str, make: impl FnOnce(&Path, &Path)) -> PathBuf {
    let list = script(list);
    let wanted = std::fs::read_to_string(&list).expect("readable");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    let folder = target.join(name);
    let stamp = folder.join("installed.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return folder;
    }
    eprintln!("installing the Python packages under {}", folder.display());
    make(&folder, &list);
    std::fs::write(stamp, wanted).expect("written");
    folder
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
