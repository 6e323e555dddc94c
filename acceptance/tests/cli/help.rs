//! `--help` of all programs and of every command.

use std::collections::BTreeSet;

use crate::transcript::{assert_is_recorded, folder, transcript};

#[test]
fn help_is_as_recorded() {
    let mut files = BTreeSet::new();
    for program in ["grepper", "grepper-diff", "nommer"] {
        record(program, &[], &mut files);
    }
    let recorded: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.starts_with("help"))
        .collect();
    assert_eq!(
        recorded, files,
        "a recorded command is gone: remove its file"
    );
}

/// The help of a command, and of all below it.
fn record(program: &str, command: &[&str], files: &mut BTreeSet<String>) {
    let help = transcript(program, &[command, &["--help"]].concat());
    for name in commands(&help) {
        record(program, &[command, &[&*name]].concat(), files);
    }
    let name = [&["help", program], command].concat().join("-") + ".txt";
    assert_is_recorded(help, &name);
    files.insert(name);
}

/// The names under `Commands:`.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}
