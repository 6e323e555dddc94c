//! The units under `systemd/`: what they leave to the programs, as systemd itself rates it.

use std::path::Path;
use std::process::Command;

/// Tenths of the exposure that a unit may have: 0 is none, 100 all.
const MOST_EXPOSED: u32 = 15;

#[test]
fn units_leave_little_of_the_machine_to_the_programs() {
    for name in ["nommer", "grepper"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd");
        let unit = folder.join(format!("{name}.service"));
        let text = std::fs::read_to_string(&unit).expect("a unit");
        for line in [
            "LimitNOFILE=",
            "MemoryMax=",
            "OOMPolicy=",
            "EnvironmentFile=",
        ] {
            assert!(text.contains(&format!("\n{line}")), "{name}: {line}");
        }
        let rated = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--no-pager"])
            .arg(format!("--threshold={MOST_EXPOSED}"))
            .arg(&unit)
            .output();
        let Ok(rated) = rated else {
            println!("SKIPPED: no systemd-analyze, so nothing was rated");
            return;
        };
        let text = String::from_utf8_lossy(&rated.stdout) + String::from_utf8_lossy(&rated.stderr);
        assert!(rated.status.success(), "{text}");
        assert!(text.contains("Overall exposure level"), "{text}");
    }
}

/// A file of this repository.
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What a unit says of a key, without the mark of what may be missing.
fn of_unit<'a>(unit: &'a str, key: &str) -> &'a str {
    let line = unit.lines().find_map(|line| line.strip_prefix(key));
    line.unwrap_or_else(|| panic!("no {key}"))
        .trim_start_matches('-')
}

#[test]
fn units_start_the_programs_of_packages_as_users_that_packages_make() {
    for name in ["nommer", "grepper"] {
        let unit = read(&format!("systemd/{name}.service"));
        let manifest = read(&format!("{name}/Cargo.toml"));
        let start = of_unit(&unit, "ExecStart=");
        let program = start.split(' ').next().expect("a program");
        assert_eq!(program, format!("/usr/bin/{name}"));
        assert!(manifest.contains(&format!("dest = \"{program}\"")));
        let environment = of_unit(&unit, "EnvironmentFile=");
        assert!(manifest.contains(&format!("dest = \"{environment}\", mode = \"600\"")));
        let user = of_unit(&unit, "User=");
        let made = read(&format!("systemd/{name}.sysusers"));
        assert!(
            made.lines()
                .any(|line| line.starts_with(&format!("u {user} ")))
        );
    }
}

#[test]
fn the_unit_of_nommer_leaves_the_file_to_the_environment() {
    let unit = read("systemd/nommer.service");
    assert!(!of_unit(&unit, "ExecStart=").contains("toml"));
    let environment = read("deploy/packages/nommer.environment");
    let file = of_unit(&environment, "FEDORA_MESSAGING_CONF=").to_owned();
    assert!(read("nommer/Cargo.toml").contains(&format!("dest = \"{file}\"")));
    assert!(read("docs/operating.md").contains(&format!("`{file}`")));
}
