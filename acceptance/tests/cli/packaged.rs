//! The files that packages bring to /etc: the programs take them as they are, and with all that is commented out.

use std::io::Write as _;
use std::path::PathBuf;

use tempfile::NamedTempFile;

use crate::support::http::request;
use crate::support::programs::Grepper;
use crate::transcript::transcript;

/// A file of packages, with the lines that are commented out or without.
fn packaged(name: &str, all: bool) -> NamedTempFile {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy/packages");
    let text = std::fs::read_to_string(folder.join(name)).expect("a file");
    // Remarks have a space.
    let lines = text.lines().map(|line| match line.strip_prefix('#') {
        Some(rest) if all && !rest.starts_with(' ') => rest,
        _ => line,
    });
    let text: Vec<&str> = lines.collect();
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(text.join("\n").as_bytes()).expect("written");
    file
}

/// The variables of a file of packages, all that are commented out included.
fn variables(name: &str) -> Vec<(String, String)> {
    let file = packaged(name, true);
    let text = std::fs::read_to_string(file.path()).expect("a file");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let variables: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert!(variables.len() > 1, "{name}: {text}");
    variables
}

#[test]
fn nommer_takes_the_files_that_its_packages_bring() {
    for all in [false, true] {
        let file = packaged("nommer.toml", all);
        let mut command = acceptance::program("nommer").expect("built");
        command.args(["check-config"]);
        if all {
            command.envs(variables("nommer.environment"));
        }
        command.env("FEDORA_MESSAGING_CONF", file.path());
        let output = command.output().expect("it runs");
        let told =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        if all {
            // All that it wants is there, but for the certificates, which are the broker's.
            assert!(told.contains("\ntls.keyfile = "), "{told}");
            assert!(told.contains("tls.ca_cert: /etc/pki/"), "{told}");
        } else {
            assert!(output.status.success(), "{told}");
        }
        let database = if all { "db.example.org" } else { "localhost" };
        let database = format!("\ndatabase = postgresql://nommer@{database}/messages\n");
        assert!(told.contains(&database), "{told}");
        assert!(!told.contains("ignored"), "{told}");
    }
}

#[test]
fn a_command_in_a_shell_sees_what_the_service_sees() {
    let settings = packaged("nommer.toml", false);
    let mut file = NamedTempFile::new().expect("a file");
    let path = settings.path().display();
    writeln!(
        file,
        "FEDORA_MESSAGING_CONF={path}\nAMQP_URL='amqp://n@bus.example.org/v'"
    )
    .expect("written");
    let told = |variables: &[(&str, &str)]| {
        let mut command = acceptance::program("nommer").expect("built");
        command
            .arg("check-config")
            .env("NOMMER_ENVIRONMENT", file.path());
        let output = command
            .envs(variables.iter().copied())
            .output()
            .expect("it runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let service = told(&[]);
    assert!(service.contains("bus.example.org"), "{service}");
    assert!(service.contains("nommer@localhost/messages"), "{service}");
    let own = told(&[("DATABASE_URL", "postgresql://o@own.example.org/d")]);
    assert!(own.contains("own.example.org"), "{own}");
    assert!(!own.contains("bus.example.org"), "{own}");
}

#[test]
fn grepper_takes_the_files_that_its_packages_bring() {
    for all in [false, true] {
        let file = packaged("grepper.toml", all);
        let path = file.path().to_str().expect("a path");
        let nowhere = "postgres://127.0.0.1:1/none";
        let watched = ["--config", path, "--monitoring", "127.0.0.1:0"];
        let token = [("GREPPER_TOKENS", "8u1Yq0bWbYt2m9Zk")];
        let grepper = match all {
            false => Grepper::start(nowhere, &watched[..2]),
            true => Grepper::start_with(nowhere, &watched, &token),
        };
        let status = |path: &str| {
            let url = format!("{}/datagrepper{path}", grepper.authority);
            request("GET", &url, &[]).status
        };
        assert_eq!(status("/healthz/live"), 200);
        assert_eq!(status("/raw"), if all { 401 } else { 503 }, "{path}");
    }
    let names: Vec<String> = variables("grepper.environment")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let help = transcript("grepper", &["--help"]);
    for name in names {
        assert!(help.contains(&name), "{name}");
    }
}

/// Each file in `/usr/share/doc` that is named in what packages bring is brought by them.
#[test]
fn packages_bring_the_documents_that_their_files_name() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    let build = read("deploy/packages/build");
    let naming = [
        "deploy/packages/nommer.toml",
        "deploy/packages/nommer.environment",
        "deploy/packages/grepper.toml",
        "deploy/packages/grepper.environment",
        "deploy/prometheus/rules.yml",
        "docs/nommer.md",
        "docs/grepper.md",
        "docs/operating.md",
    ];
    let mut named = 0;
    for file in naming {
        for rest in read(file).split("/usr/share/doc/").skip(1) {
            let is_of_path = |c: char| c.is_ascii_alphanumeric() || "/.-_".contains(c);
            let path = rest.split(|c| !is_of_path(c)).next().expect("a path");
            let path = path.trim_end_matches('.');
            let Some((package, document)) = path.split_once('/') else {
                continue;
            };
            named += 1;
            let manifest = read(&format!("{package}/Cargo.toml"));
            let copied = build
                .split("\ncp ")
                .filter_map(|copy| copy.split_once(&format!("\"$made/{package}/doc\"")))
                .any(|(copied, _)| {
                    let mut words = copied.split_whitespace();
                    words.any(|word| word == document || word == format!("docs/{document}"))
                });
            let of_debian = format!("\"usr/share/doc/{path}\"");
            let of_rpm = format!("\"/usr/share/doc/{path}\"");
            let is_asset = manifest.contains(&of_debian) && manifest.contains(&of_rpm);
            assert!(copied || is_asset, "{file} names {path}");
        }
    }
    assert!(named > 5, "{named}");
}
