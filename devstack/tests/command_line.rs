//! The program, where it is asked for something else than servers.

use std::process::Command;

#[test]
fn only_servers_that_are_asked_for_are_started() {
    for (argument, code, part) in [
        ("--help", 0, "Usage: devstack"),
        ("--version", 0, "devstack "),
        ("--nonsense", 2, "unexpected argument '--nonsense'"),
        ("nonsense", 2, "unexpected argument 'nonsense'"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_devstack"))
            .arg(argument)
            .output()
            .expect("run");
        let text =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{argument}: {text}");
        assert!(text.contains(part), "{argument}: {text}");
    }
}
