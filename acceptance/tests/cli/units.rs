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

#[test]
fn the_unit_of_nommer_reads_the_file_that_the_documentation_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a file");
    let unit = read("systemd/nommer.service");
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="));
    let file = start
        .and_then(|start| start.split(' ').next_back())
        .expect("a command");
    assert!(file.ends_with(".toml"), "{file}");
    let looked_for = format!("the variable `FEDORA_MESSAGING_CONF`, `{file}`");
    assert!(read("docs/nommer.md").contains(&looked_for), "{file}");
}
