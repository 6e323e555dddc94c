//! A program's run as text: what was typed, what was answered, and how it ended.

use std::path::{Path, PathBuf};

use acceptance::program;
use chrono::DateTime;

/// Runs `name` with `arguments`, in a clean environment.
pub fn transcript(name: &str, arguments: &[&str]) -> String {
    let output = program(name)
        .and_then(|mut command| Ok(command.args(arguments).output()?))
        .unwrap_or_else(|error| panic!("{name}: {error:#}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let typed = [&[name], arguments].concat().join(" ");
    let answer = text(&output.stdout) + &without_times(&text(&output.stderr));
    let mut transcript = format!("$ {typed}\n{answer}");
    if let Some(code) = output.status.code()
        && code != 0
    {
        transcript += &format!("[ended with {code}]\n");
    }
    transcript
}

/// Lines of a log with `TIME` in place of the time that they begin with.
fn without_times(log: &str) -> String {
    let without_time = |line: &str| match line.split_once(' ') {
        Some((time, rest)) if DateTime::parse_from_rfc3339(time).is_ok() => format!("TIME {rest}"),
        _ => line.to_owned(),
    };
    log.split_inclusive('\n').map(without_time).collect()
}

/// Asserts that `text` is what the file `name` holds; or writes it, where that is asked for.
pub fn assert_is_recorded(text: String, name: &str) {
    let file = folder().join(name);
    snapbox::Assert::new()
        .action_env(snapbox::assert::DEFAULT_ACTION_ENV)
        .eq(text, snapbox::Data::read_from(&file, None));
}

/// Where the texts are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/recorded")
}
