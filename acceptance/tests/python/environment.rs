//! A virtual environment with the published packages, made once and kept under `target/`.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::virtual_environment::{is_possible, made_once, pip, venv};

/// Its folder of programs; `None`, said loudly, where there is no Python.
pub fn programs() -> Option<&'static Path> {
    static PROGRAMS: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAMS
        .get_or_init(|| is_possible().then(install))
        .as_deref()
}

/// The folder with the classes of messages, for `PYTHONPATH`: with it, the incumbent knows whom messages concern.
pub fn classes() -> Option<&'static Path> {
    static CLASSES: OnceLock<Option<PathBuf>> = OnceLock::new();
    CLASSES
        .get_or_init(|| {
            let programs = programs()?;
            Some(made("classes.txt", "python-classes", |folder, list| {
                // What they need in common is in the environment.
                run(pip(programs)
                    .args(["--no-deps", "--upgrade", "--target"])
                    .arg(folder)
                    .arg("-r")
                    .arg(list));
            }))
        })
        .as_deref()
}

/// The programs of an environment of its own with what people count with; `None`, said loudly, where it cannot be had.
pub fn analysis() -> Option<&'static Path> {
    static ANALYSIS: OnceLock<Option<PathBuf>> = OnceLock::new();
    ANALYSIS
        .get_or_init(|| {
            if !is_possible() {
                return None;
            }
            let list = script("analysis.txt");
            let made = made_once(&list, "python-analysis", |folder, list| {
                run(&mut venv(folder));
                let mut install = pip(&folder.join("bin"));
                // What is imported is compiled then.
                let output = install.args(["--no-compile", "-r"]).arg(list).output();
                match output {
                    Ok(output) if output.status.success() => Ok(()),
                    failed => Err(failed),
                }
            });
            match made {
                Ok(folder) => Some(folder.join("bin")),
                Err(failed) => {
                    eprintln!("SKIPPED: pandas and DuckDB are not to be had: {failed:?}");
                    None
                }
            }
        })
        .as_deref()
}

fn install() -> PathBuf {
    let folder = made("requirements.txt", "python", |folder, list| {
        run(&mut venv(folder));
        run(pip(&folder.join("bin")).arg("-r").arg(list));
    });
    folder.join("bin")
}

/// Made of a list beside this file; whatever goes wrong fails the test.
fn made(list: &str, name: &str, make: impl FnOnce(&Path, &Path)) -> PathBuf {
    let made = made_once(&script(list), name, |folder, list| {
        make(folder, list);
        Ok::<(), Infallible>(())
    });
    match made {
        Ok(folder) => folder,
        Err(never) => match never {},
    }
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
