//! URLs with passwords come from files and credentials as from variables, and are told by nobody.

use std::path::Path;
use std::process::{Command, Output};

use acceptance::{clean, program};
use tempfile::TempDir;

const DATABASE: &str = "postgresql://archive:hunter2@db.example.org/messages";
const BROKER: &str = "amqp://archive:hunter2@broker.example.org/%2F";

/// A directory with such secrets, a file each, named as credentials are.
fn secrets(secrets: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    for (name, secret) in secrets {
        std::fs::write(directory.path().join(name), format!("{secret}\n")).expect("written");
    }
    directory
}

/// What becomes of a program with these variables.
fn run(name: &str, arguments: &[&str], variables: &[(&str, &Path)]) -> Output {
    let mut command = program(name).expect(name);
    command.args(arguments).envs(variables.iter().copied());
    command.output().expect(name)
}

/// What it said, in which there must be no password.
#[track_caller]
fn said(output: &Output) -> String {
    let bytes = [&output.stdout[..], &output.stderr].concat();
    let text = String::from_utf8(bytes).expect("a text");
    assert!(!text.contains("hunter2"), "{text}");
    text
}

#[test]
fn nommer_takes_its_urls_from_files_and_credentials() {
    let directory = secrets(&[("database_url", DATABASE), ("amqp_url", BROKER)]);
    let file = |name| directory.path().join(name);
    let (database, broker) = (file("database_url"), file("amqp_url"));
    let check = ["check-config", "-c", "/dev/null"];
    let (of_database, of_broker) = (
        ("DATABASE_URL_FILE", &*database),
        ("AMQP_URL_FILE", &*broker),
    );
    for variables in [
        &[of_database, of_broker][..],
        &[("CREDENTIALS_DIRECTORY", directory.path())],
        &[of_database, ("AMQP_URL", Path::new(BROKER))],
    ] {
        let output = run("nommer", &check, variables);
        let text = said(&output);
        assert!(output.status.success(), "{text}");
        for part in ["archive@db.example.org", "broker.example.org:5672"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    for verb in [&["consume"][..], &["stats"], &["migrate"]] {
        let twice = [of_database, ("DATABASE_URL", Path::new(DATABASE))];
        let output = run("nommer", &[verb, &["-c", "/dev/null"]].concat(), &twice);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        let expected = "DATABASE_URL and DATABASE_URL_FILE are both set";
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn nommer_adopts_from_where_a_file_says() {
    let directory = secrets(&[("old", "postgresql://u:hunter2%zz@h/d")]);
    let file = directory.path().join("old");
    let adopt = |variables: &[(&str, &Path)]| {
        let here = ("DATABASE_URL", Path::new("postgresql://127.0.0.1:1/none"));
        let variables = [&[here], variables].concat();
        said(&run("nommer", &["adopt", "-c", "/dev/null"], &variables))
    };
    assert!(adopt(&[]).contains("give --from or set NOMMER_ADOPT_FROM"));
    let missing = adopt(&[("NOMMER_ADOPT_FROM_FILE", Path::new("/nowhere/old"))]);
    let expected = "NOMMER_ADOPT_FROM_FILE: /nowhere/old cannot be read: No such file";
    assert!(missing.contains(expected), "{missing}");
    // With a source it goes on to our own database, which is away.
    let found = adopt(&[("NOMMER_ADOPT_FROM_FILE", &file)]);
    assert!(found.contains("the database is not available"), "{found}");
}

#[test]
fn grepper_takes_its_url_from_a_file_or_a_credential() {
    // It is understood by who parses it, and so was read.
    let directory = secrets(&[("database_url", "postgresql://u:hunter2%zz@h/d")]);
    let file = directory.path().join("database_url");
    let expected = "the database URL has a % in its password";
    for variable in [
        ("GREPPER_DATABASE_URL_FILE", &*file),
        ("DATABASE_URL_FILE", &*file),
        ("CREDENTIALS_DIRECTORY", directory.path()),
    ] {
        let output = run("grepper", &[], &[variable]);
        let text = said(&output);
        assert!(text.contains(expected), "{text}");
        assert_eq!(output.status.code(), Some(2), "{text}");
    }
    let empty = secrets(&[("database_url", "")]);
    let file = empty.path().join("database_url");
    let output = run("grepper", &[], &[("GREPPER_DATABASE_URL_FILE", &file)]);
    let expected = format!(
        "grepper: GREPPER_DATABASE_URL_FILE: {} is empty\n",
        file.display()
    );
    assert_eq!(said(&output), expected);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn grepper_takes_tokens_from_a_file_or_a_credential() {
    // They are told to be none, and so were read.
    let directory = secrets(&[("grepper_tokens", "hunter2")]);
    let file = directory.path().join("grepper_tokens");
    let private = ["--private=true", "--database-url=postgresql://h/d"];
    let check = |arguments: &[&str], variables: &[(&str, &Path)], name: &str| {
        let output = run("grepper", &[&private, arguments].concat(), variables);
        let text = said(&output);
        let expected = format!("grepper: {name}: token 1 must have 16 to 1024 letters");
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(output.status.code(), Some(2), "{text}");
    };
    for variable in [
        ("GREPPER_TOKENS", Path::new("hunter2")),
        ("GREPPER_TOKENS_FILE", &file),
        ("CREDENTIALS_DIRECTORY", directory.path()),
    ] {
        check(&[], &[variable], "GREPPER_TOKENS");
    }
    let flag = format!("--tokens-file={}", file.display());
    let others = ("GREPPER_TOKENS", Path::new("0123456789abcdef"));
    check(&[&flag], &[others], "tokens_file");
    let output = run("grepper", &private, &[]);
    assert!(said(&output).contains("private: nobody could be admitted"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_secret_in_a_pipe_that_nobody_writes_to_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let pipe = directory.path().join("database_url");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let within = |name: &str| {
        let mut command = Command::new("timeout");
        command.arg("20").arg(devstack::binary(name).expect(name));
        clean(&mut command);
        command
    };
    let mut nommer = within("nommer");
    nommer.args(["check-config", "-c", "/dev/null"]);
    for (mut command, variable) in [
        (nommer, "DATABASE_URL_FILE"),
        (within("grepper"), "GREPPER_DATABASE_URL_FILE"),
    ] {
        let output = command.env(variable, &pipe).output().expect("an end");
        let expected = format!(
            "{variable}: {} cannot be read: it is no regular file",
            pipe.display()
        );
        let text = said(&output);
        assert!(text.contains(&expected), "{text}");
        assert_eq!(output.status.code(), Some(2), "{text}");
    }
}

/// Whether a URL in this line has a password.
fn tells_password(line: &str) -> bool {
    let urls = line.split("://").skip(1);
    let authorities = urls.filter_map(|url| url.split(['/', ' ', '`', '"']).next());
    authorities
        .filter_map(|authority| authority.split_once('@'))
        .any(|(user, _)| user.contains(':'))
}

#[test]
fn no_command_line_that_is_shown_has_a_password() {
    assert!(tells_password("grepper --from postgresql://u:p@h/d"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = vec![root.join("README.md"), root.join("docker-compose.yml")];
    for folder in ["docs", "systemd"] {
        let entries = std::fs::read_dir(root.join(folder)).expect("a folder");
        files.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    // Pictures are in a folder of their own.
    for file in files.into_iter().filter(|file| file.is_file()) {
        let text = std::fs::read_to_string(&file).expect("a text");
        let is_command = |line: &&str| line.contains(" --") || line.starts_with("nommer ");
        let told = text
            .lines()
            .filter(is_command)
            .find(|line| tells_password(line));
        assert_eq!(told, None, "{}", file.display());
    }
}
