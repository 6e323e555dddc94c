//! docker-compose.yml and what it mounts: the programs know every setting, and start with them.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use devstack::Process;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::programs::{Grepper, clean};
use crate::support::{eventually, http};
use crate::transcript::transcript;

const NOMMER_PAGE: &str = include_str!("../../../docs/nommer.md");
const GREPPER_PAGE: &str = include_str!("../../../docs/grepper.md");

fn services() -> Yaml {
    let text = include_str!("../../../docker-compose.yml");
    let documents = YamlLoader::load_from_str(text).expect("YAML");
    documents[0]["services"].clone()
}

/// The variables of a service, with the default passwords.
fn environment(service: &Yaml) -> Vec<(String, String)> {
    let pairs = service["environment"].as_hash().expect("a mapping").iter();
    pairs
        .map(|(name, value)| {
            let value = value.as_str().expect("a text");
            (
                name.as_str().expect("a name").to_owned(),
                with_defaults(value),
            )
        })
        .collect()
}

/// Puts the default in place of each `${NAME:-default}`.
fn with_defaults(value: &str) -> String {
    let Some((before, rest)) = value.split_once("${") else {
        return value.to_owned();
    };
    let (variable, after) = rest.split_once('}').expect("a brace");
    let (_, default) = variable.split_once(":-").expect("a default");
    format!("{before}{default}{}", with_defaults(after))
}

#[test]
fn programs_know_all_variables_that_they_get() {
    let services = services();
    let simulator = transcript("simulator", &["--help"])
        .replace("[env: ", "`")
        .replace(']', "`");
    for (service, page) in [
        ("migrate", NOMMER_PAGE),
        ("nommer", NOMMER_PAGE),
        ("grepper", GREPPER_PAGE),
        ("simulator", &simulator),
    ] {
        for (name, _) in environment(&services[service]) {
            assert!(page.contains(&format!("`{name}`")), "{service}: {name}");
        }
    }
}

#[test]
fn nommer_takes_the_file_that_is_mounted() {
    let service = &services()["nommer"];
    let mount = service["volumes"][0].as_str().expect("a mount");
    let (file, _) = mount.split_once(':').expect("two paths");
    let output = clean("nommer")
        .args(["check-config", "-c"])
        .arg(format!("{}/../{file}", env!("CARGO_MANIFEST_DIR")))
        .envs(environment(service))
        .output()
        .expect("nommer");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    for part in [
        "amqp://rabbitmq:5672",
        "nommer@postgres/messages",
        "amq.topic #",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn grepper_is_healthy_where_it_is_asked() {
    let service = &services()["grepper"];
    let command: Vec<&str> = service["command"]
        .as_vec()
        .expect("a list")
        .iter()
        .map(|argument| argument.as_str().expect("a text"))
        .collect();
    let [
        "grepper",
        "--listen",
        listen,
        "--monitoring",
        watched,
        others @ ..,
    ] = &command[..]
    else {
        panic!("{command:?}");
    };
    assert_eq!(*watched, "0.0.0.0:9322");
    let probe = service["healthcheck"]["test"].as_vec().expect("a list");
    let url = probe.last().and_then(Yaml::as_str).expect("an address");
    let path = url.strip_prefix("http://127.0.0.1:8080").expect("its port");
    assert_eq!(*listen, "0.0.0.0:8080");

    // It would be ready if there were a database; that it knows the path is what is asked here.
    let grepper = Grepper::start("postgres://127.0.0.1:1/none", others);
    assert_eq!(grepper.get(path).status, 503);
    assert_eq!(grepper.get("/healthz/ready").status, 404);
}

#[test]
fn nommer_is_healthy_where_it_is_asked() {
    let service = &services()["nommer"];
    let probe = service["healthcheck"]["test"].as_vec().expect("a list");
    let url = probe.last().and_then(Yaml::as_str).expect("an address");
    let port = devstack::free_port().expect("a port").to_string();
    let settings = include_str!("../../../docker/nommer.toml");
    let here = settings.replace("\nport = 9321\n", &format!("\nport = {port}\n"));
    assert_ne!(settings, here);
    let mut file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(here.as_bytes()).expect("written");

    let mut command = clean("nommer");
    command.args(["consume", "-c"]).arg(file.path());
    command.env("AMQP_URL", "amqp://127.0.0.1:1");
    command.env("DATABASE_URL", "postgres://127.0.0.1:1/none");
    let nommer = Process::spawn(&command).expect("nommer");
    let listens = || TcpStream::connect(format!("127.0.0.1:{port}")).is_ok();
    eventually("nommer listens", Duration::from_secs(60), listens);
    // It would be ready if there were servers; that it knows the path is what is asked here.
    let url = url.replace(":9321/", &format!(":{port}/"));
    assert_eq!(http::get(&url).status, 503);
    assert_eq!(http::get(&url.replace("/ready", "/none")).status, 404);
    drop(nommer);
}
