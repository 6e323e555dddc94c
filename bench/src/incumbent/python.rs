//! A virtual environment with the Python programs, made once and kept under `target/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// What is installed; the rest follows from their own requirements.
const PACKAGES: [&str; 6] = [
    "datagrepper==1.1.0",
    "datanommer.consumer==1.5.0",
    "datanommer.models==1.5.0",
    "gunicorn",
    "sqlalchemy<2.1",
    // datagrepper imports pkg_resources, which newer ones lack.
    "setuptools<81",
];

/// The folder of their programs.
pub fn programs() -> Result<PathBuf> {
    let running = std::env::current_exe()?;
    let target = running
        .ancestors()
        .nth(2)
        .context("this program lies in target/<profile>/")?;
    let folder = target.join("bench-python");
    let (stamp, wanted) = (folder.join("installed.txt"), PACKAGES.join("\n"));
    if !std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        service::complain(format_args!(
            "installing the Python programs under {}",
            folder.display()
        ));
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder))?;
        run(pip(&folder).args(["install", "--quiet"]).args(PACKAGES))?;
        std::fs::write(stamp, wanted)?;
    }
    Ok(folder.join("bin"))
}

/// The versions of what matters, one a line.
pub fn versions() -> Result<Vec<(String, String)>> {
    let folder = programs()?.join("..");
    let listed = run(pip(&folder).args(["list", "--format", "freeze"]))?;
    let matter = [
        "datagrepper",
        "datanommer",
        "fedora",
        "flask",
        "gunicorn",
        "psycopg2",
        "sqlalchemy",
    ];
    let packages = listed.lines().filter_map(|line| line.split_once("=="));
    let mut versions: Vec<_> = packages
        .filter(|(name, _)| {
            matter
                .iter()
                .any(|start| name.to_lowercase().starts_with(start))
        })
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect();
    let python = run(Command::new(folder.join("bin/python")).arg("--version"))?;
    versions.insert(
        0,
        (
            "Python".to_owned(),
            python.trim().trim_start_matches("Python ").to_owned(),
        ),
    );
    Ok(versions)
}

fn pip(folder: &Path) -> Command {
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "--disable-pip-version-check"]);
    pip
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
