//! Asks the machine's Python.

use std::io::Write;
use std::process::{Command, Stdio};

/// The lines that the program prints, given the input; says that the test is skipped where there is
/// no Python.
pub fn lines(program: &str, input: &str) -> Option<Vec<String>> {
    let child = Command::new("python3")
        .args(["-c", program])
        .env("PYTHONIOENCODING", "utf-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no python3");
        return None;
    };
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("its end");
    assert!(output.status.success(), "python3 fails");
    let printed = String::from_utf8(output.stdout).expect("text");
    Some(printed.lines().map(str::to_owned).collect())
}
