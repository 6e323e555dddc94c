//! What is given to who helps from afar.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use devstack::{RabbitOptions, free_port};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::stack::Stack;
use crate::status::with_monitoring;
use crate::support::amqp::{Publisher, properties};
use crate::support::programs::clean;
use crate::support::{eventually, rows};

const OF_BROKER: &str = "Tower9/of broker";
const OF_DATABASE: &str = "Tower7@of \"data\\base";
/// Of `keeper` with the first of these, as servers of HTTP are told it.
const LOGIN: &str = "a2VlcGVyOlRvd2VyOS9vZiBicm9rZXI=";
const OF_GREPPER: &str = "8u1Yq0bWbYt2m9Zk";
const OF_BODIES: &str = "nobody-else-may-read-this";

/// The files of a bundle with their texts, by their names in its folder.
fn unpacked(bundle: &Path) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let status = Command::new("tar")
        .arg("xzf")
        .arg(bundle)
        .args(["--strip-components=1", "--directory"])
        .arg(folder.path())
        .status()
        .expect("tar");
    assert!(status.success());
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.path().to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(inner).expect("readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder.path()).expect("within");
            let text = fs::read_to_string(&path).expect("text");
            files.insert(name.display().to_string(), text);
        }
    }
    files
}

/// nommer that logs in with passwords.
fn start(port: u16) -> (Stack, String) {
    let mut settings = String::new();
    let stack = Stack::start_with(RabbitOptions::default(), |rabbit, database| {
        rabbit.add_user("keeper", OF_BROKER).expect("a user");
        rabbit
            .set_permissions("keeper", ".*", ".*", ".*")
            .expect("permissions");
        let file = Stack::config_of(rabbit, database);
        let file = file.replace("guest:guest@", "keeper:Tower9%2Fof%20broker@");
        let url = database
            .url
            .replace("postgres@", "postgres:Tower7%40of%20%22data%5Cbase@");
        settings = with_monitoring(&file.replace(&database.url, &url), port);
        settings.clone()
    });
    for secret in ["Tower9%2Fof%20broker", "Tower7%40of%20%22data%5Cbase"] {
        assert!(settings.contains(secret), "{settings}");
    }
    (stack, settings)
}

#[test]
fn a_bundle_has_what_helps_and_no_password_and_no_body() {
    let (stack, settings) = start(free_port().expect("a port"));
    let publisher = Publisher::connect(&stack.rabbit.url());
    let message = |n: usize, body: String| {
        let properties = properties(&format!("id-{n}"), Some("2024-05-01T10:00:00+00:00"));
        ("load.x".to_owned(), properties, body.into_bytes())
    };
    let broken = format!("{{\"half\": \"{OF_BODIES}\"");
    let whole = format!("{broken}}}");
    publisher.publish_all([message(1, broken), message(2, whole)]);
    eventually("both are kept", Duration::from_secs(30), || {
        stack.stored() == 1
            && rows(
                &stack.postgres,
                &stack.database.name,
                "SELECT 1 FROM dead_letters",
            )
            .len()
                == 1
    });
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(settings.as_bytes()).expect("written");
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = folder.path().join("bundle.tar.gz");
    let mut log = NamedTempFile::new().expect("a file");
    let mut hidden = NamedTempFile::new().expect("a file");
    writeln!(hidden, "# tokens\n{OF_GREPPER}").expect("written");
    let json = serde_json::to_string(OF_DATABASE).expect("JSON");
    writeln!(
        log,
        "{{\"said\": {json}}} Tower9%2fof%20broker login {LOGIN}\n\
         a token {OF_GREPPER} of postgresql://grepper:Tower7x@db/messages\nall else"
    )
    .expect("written");
    let ask = || {
        let mut command = clean("nommer");
        command
            .args(["support-bundle", "--config"])
            .arg(file.path());
        command.arg("--output").arg(&bundle);
        command.arg("--log").arg(stack.nommer.process.log_file());
        command.arg("--log").arg(log.path());
        command.arg("--hide").arg(hidden.path());
        command.output().expect("run")
    };
    let output = ask();
    assert!(output.status.success(), "{output:?}");
    let files = unpacked(&bundle);
    assert_nothing_is_given_away(&files);
    assert_it_helps(&files);
    assert_eq!(ask().status.code(), Some(1), "what is there stays");
}

fn assert_nothing_is_given_away(files: &BTreeMap<String, String>) {
    for (name, text) in files {
        for secret in [
            OF_BROKER,
            OF_DATABASE,
            OF_GREPPER,
            OF_BODIES,
            "Tower9",
            "Tower7",
            &LOGIN[12..24],
        ] {
            assert!(!text.contains(secret), "{secret} is in {name}: {text}");
        }
    }
}

fn assert_it_helps(files: &BTreeMap<String, String>) {
    let file = |name: &str| {
        files
            .get(name)
            .unwrap_or_else(|| panic!("{name} in {files:?}"))
    };
    let rows = |name: &str| -> Vec<Value> {
        let text = file(&format!("database/{name}.json"));
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"))
    };
    for name in [
        "version",
        "migrations",
        "settings",
        "tables",
        "indexes",
        "table_statistics",
        "sessions",
        "locks",
        "database_statistics",
        "kept_aside",
    ] {
        assert!(!rows(name).is_empty(), "{name}");
    }
    assert_eq!(rows("replication"), [] as [Value; 0]);
    assert!(rows("counters").len() < 50, "kinds and spans, not counters");
    assert_eq!(rows("kept_aside")[0]["dead_letters"], 1);
    assert!(file("configuration.txt").contains("broker.user = keeper"));
    assert!(file("metrics.txt").contains("outcome=\"put_aside\"} 1"));
    assert!(file("log/1.txt").contains("deliveries put aside"));
    assert!(file("log/2.txt").ends_with("all else\n"));
    assert!(file("machine/memory.txt").contains("MemTotal"));
    let status: Value = serde_json::from_str(file("status.json")).expect("JSON");
    assert_eq!(status["archive"]["messages"], 1);
}
