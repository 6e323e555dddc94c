//! What the programs do when nobody reads what they print, as behind `| head`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use acceptance::program;
use tempfile::NamedTempFile;

/// Runs a program whose standard output, and perhaps error, leads nowhere; answers its code and
/// what it says on standard error.
fn run_unread(arguments: &[&str], error_is_unread: bool) -> (Option<i32>, String) {
    let (name, arguments) = arguments.split_first().expect("a program");
    let mut command: Command = program(name).expect("the program");
    command.args(arguments).stdout(closed());
    if error_is_unread {
        command.stderr(closed());
    }
    let output = command.output().expect("run");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), text)
}

/// A pipe without a reader.
fn closed() -> Stdio {
    let (_, writer) = std::io::pipe().expect("a pipe");
    writer.into()
}

#[test]
fn commands_end_as_usual_when_nobody_reads_them() {
    let rules = NamedTempFile::with_suffix(".toml").expect("a file");
    let mut messages = NamedTempFile::with_suffix(".ndjson").expect("a file");
    for _ in 0..20_000 {
        writeln!(
            messages,
            r#"{{"topic": "a.b", "headers": {{}}, "body": {{}}}}"#
        )
        .expect("written");
    }
    let path = |file: &NamedTempFile| file.path().display().to_string();
    let (rules, messages) = (path(&rules), path(&messages));
    for (arguments, code) in [
        (&["nommer", "check-config", "-c", "/dev/null"][..], 0),
        (&["nommer", "rules", "check"], 0),
        (&["nommer", "rules", "check", &rules], 0),
        (&["nommer", "rules", "check", "/no/such/file.toml"], 2),
        (&["nommer", "rules", "test", &messages], 0),
        (&["nommer", "--help"], 0),
        (&["nommer", "migrate", "-c", "/dev/null"], 1),
        (&["grepper", "--help"], 0),
        (&["grepper", "--nonsense"], 2),
        (&["grepper", "--config", "/no/such/file"], 2),
    ] {
        let (ended, error) = run_unread(arguments, false);
        assert_eq!(ended, Some(code), "{arguments:?}: {error}");
        assert!(code != 0 || error.is_empty(), "{arguments:?}: {error}");
        assert!(!error.contains("panicked"), "{arguments:?}: {error}");
        assert_eq!(run_unread(arguments, true).0, Some(code), "{arguments:?}");
    }
}
