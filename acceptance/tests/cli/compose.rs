//! docker-compose.yml and what it mounts: the programs know every setting, and start with them.

use yaml_rust2::{Yaml, YamlLoader};

use crate::support::programs::{Grepper, clean};
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
    let ["grepper", "--listen", listen, others @ ..] = &command[..] else {
        panic!("{command:?}");
    };
    let probe = service["healthcheck"]["test"].as_vec().expect("a list");
    let url = probe.last().and_then(Yaml::as_str).expect("an address");
    let path = url.strip_prefix("http://127.0.0.1:8080").expect("its port");
    assert_eq!(*listen, "0.0.0.0:8080");

    // It would be ready if there were a database; that it knows the path is what is asked here.
    let grepper = Grepper::start("postgres://127.0.0.1:1/none", others);
    assert_eq!(grepper.get(path).status, 503);
    assert_eq!(grepper.get("/healthz/ready").status, 404);
}
