//! A variable that is empty counts as absent: a unit or a compose file may pass on what nobody has set.

use std::process::Output;

use acceptance::program;

use crate::transcript::transcript;

/// What becomes of a program whose environment has these variables, all of them empty.
fn run(name: &str, arguments: &[&str], empty: &[String]) -> Output {
    let mut command = program(name).expect(name);
    command.args(arguments);
    command.envs(empty.iter().map(|variable| (variable, "")));
    command.output().expect(name)
}

#[test]
fn grepper_passes_over_empty_variables() {
    let help = transcript("grepper", &["--help"]);
    let mut variables: Vec<String> = help
        .lines()
        .filter_map(|line| line.split_once("[env: ")?.1.split_once(['=', ']']))
        .map(|(variable, _)| variable.to_owned())
        .collect();
    assert!(variables.len() >= 19, "{help}");
    variables.extend(["DATABASE_URL", "RUST_LOG", "LOG_FORMAT"].map(str::to_owned));
    for variable in variables.chunks(1).chain([&variables[..]]) {
        let output = run("grepper", &[], variable);
        assert_eq!(output, run("grepper", &[], &[]), "{variable:?}");
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}

#[test]
fn nommer_passes_over_empty_variables() {
    const PAGE: &str = include_str!("../../../docs/nommer.md");
    let variables: Vec<String> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(variable, _)| variable.to_owned())
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    assert!(variables.contains(&"AMQP_URL".to_owned()), "{variables:?}");
    for variable in variables.chunks(1).chain([&variables[..]]) {
        let output = run("nommer", &["check-config"], variable);
        assert_eq!(
            output,
            run("nommer", &["check-config"], &[]),
            "{variable:?}"
        );
        assert!(output.status.success(), "{output:?}");
    }
}
