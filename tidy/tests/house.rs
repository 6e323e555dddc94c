//! The rules of the house, asked about this workspace.

use std::path::Path;
use std::process::Command;

use tidy::{Fault, Source, Text};

/// The most lines of a function.
const LINES: usize = 50;

/// Crates whose files take nothing through the crate's face.
const BY_MODULES: [&str; 8] = [
    "archive/src/",
    "client/src/",
    "grepper/src/",
    "grepper-diff/src/",
    "metadata/src/",
    "nommer/src/",
    "pythonic/src/",
    "service/src/",
];

/// A rule about Rust files, and the files (or what their paths begin with) that may still break it.
/// An entry that excuses nothing must go.
struct Rule {
    name: &'static str,
    faults: fn(&[Source]) -> Vec<Fault>,
    excused: &'static [&'static str],
}

const RULES: [Rule; 8] = [
    Rule {
        name: "a file says what lives in it",
        faults: tidy::silent_files,
        excused: &[],
    },
    Rule {
        name: "nothing is left of the hour of writing",
        faults: tidy::leftovers,
        excused: &[],
    },
    Rule {
        name: "what is printed may have no reader",
        faults: tidy::printing,
        excused: &[],
    },
    Rule {
        name: "documentation names its subject",
        faults: tidy::unnamed_subjects,
        excused: &[],
    },
    Rule {
        name: "a type's name is there once in a crate",
        faults: tidy::repeated_types,
        excused: &[],
    },
    Rule {
        name: "functions fit on a screen",
        faults: |sources| tidy::long_functions(sources, LINES),
        excused: &["simulator/src/applications/"],
    },
    Rule {
        name: "files import in no circle",
        faults: tidy::circles,
        excused: &[],
    },
    Rule {
        name: "files import from modules",
        faults: |sources| tidy::through_the_face(sources, &BY_MODULES),
        excused: &[],
    },
];

fn texts() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    tidy::read_texts(&root).expect("a workspace")
}

fn lines(faults: &[&Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(|fault| format!("  {fault}\n")).collect();
    lines.concat()
}

// One test for all: to parse the files takes longer than to judge them.
#[test]
fn the_workspace_keeps_the_rules() {
    let sources = tidy::parse_sources(&texts()).expect("Rust");
    let mut report = String::new();
    for rule in RULES {
        let faults = (rule.faults)(&sources);
        let excuse = |fault: &Fault| {
            rule.excused
                .iter()
                .find(|start| fault.file.starts_with(**start))
        };
        let left: Vec<&Fault> = faults
            .iter()
            .filter(|fault| excuse(fault).is_none())
            .collect();
        if !left.is_empty() {
            report += &format!("{}:\n{}", rule.name, lines(&left));
        }
        for start in rule.excused {
            if !faults.iter().any(|fault| excuse(fault) == Some(start)) {
                report += &format!("{}:\n  {start} needs no excuse any more\n", rule.name);
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn reference_data_is_found_by_its_variable() {
    let faults = tidy::loose_mentions(&texts());
    assert!(
        faults.is_empty(),
        "\n{}",
        lines(&faults.iter().collect::<Vec<_>>())
    );
}

#[test]
fn released_migrations_stay_as_they_are() {
    let faults = tidy::changed_migrations(&texts());
    assert!(
        faults.is_empty(),
        "\n{}",
        lines(&faults.iter().collect::<Vec<_>>())
    );
}

#[test]
fn dependencies_want_no_newer_rust() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{output:?}");
    let metadata = String::from_utf8(output.stdout).expect("text");
    let newer = tidy::too_new(&metadata).expect("cargo's metadata");
    assert!(newer.is_empty(), "\n  {}\n", newer.join("\n  "));
}
