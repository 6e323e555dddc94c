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

/// Packages ask for what a unit calls beside its own program: a minimal root lacks it.
#[test]
fn packages_bring_what_their_units_call() {
    for name in ["nommer", "grepper"] {
        let unit = read(&format!("systemd/{name}.service"));
        let manifest = read(&format!("{name}/Cargo.toml"));
        let lines = unit.lines().filter(|line| line.starts_with("Exec"));
        let called = lines.filter_map(|line| line.split_once('=')?.1.split(' ').next());
        let called: Vec<&str> = called.collect();
        assert_eq!(called, [&format!("/usr/bin/{name}"), "/bin/kill"], "{name}");
        let depends = of_unit(&manifest, "depends = ");
        assert!(depends.contains(", procps,"), "{depends}");
        assert!(manifest.contains("\n\"/usr/bin/kill\" = \"*\"\n"));
    }
}

/// An upgrade restarts the service alone, as who connects meanwhile waits at the socket.
#[test]
fn an_upgrade_leaves_the_socket_of_grepper_open() {
    let manifest = read("grepper/Cargo.toml");
    // What cargo-deb writes by itself is of all units.
    let units = of_unit(&manifest, "systemd-units = ");
    for part in ["restart-after-upgrade = false", "stop-on-upgrade = false"] {
        assert!(units.contains(part), "{units}");
    }
    let script = read("deploy/packages/grepper.postinst");
    assert!(script.contains("try-restart grepper.service >"), "{script}");
    assert!(!script.contains("grepper.socket"), "{script}");
    let of_rpm = read("deploy/packages/service.toml");
    assert!(of_rpm.contains("try-restart PACKAGE.service ||"));
    assert!(manifest.contains("dest = \"/usr/lib/systemd/system/grepper.socket\""));
}
