//! The manifests for Kubernetes: they fit each other, ask for no right, and the programs start as they say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use devstack::{Process, free_port};
use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::programs::{clean, migrate};
use crate::support::{eventually, http};

const SECRETS: &str = "/run/secrets/archive";
const NAME: &str = "app.kubernetes.io/name";
/// How long a program may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/kubernetes")
}

fn documents(path: &Path) -> Vec<Yaml> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

fn text(yaml: &Yaml) -> &str {
    yaml.as_str().unwrap_or_else(|| panic!("a text: {yaml:?}"))
}

fn list(yaml: &Yaml) -> &[Yaml] {
    yaml.as_vec().map_or(&[], Vec::as_slice)
}

fn texts(yaml: &Yaml) -> Vec<&str> {
    list(yaml).iter().map(text).collect()
}

/// All that the kustomizations name, and nothing beside them.
fn resources() -> Vec<Yaml> {
    let mut all = Vec::new();
    for folder in [folder(), folder().join("watched")] {
        let kustomization = documents(&folder.join("kustomization.yaml"));
        let named = texts(&kustomization[0]["resources"]);
        for file in fs::read_dir(&folder).expect("readable") {
            let name = file.expect("a file").file_name();
            let name = name.to_str().expect("text");
            let is_named = named.contains(&name) || name == "kustomization.yaml";
            assert!(is_named || !name.ends_with(".yaml"), "{name} is not named");
        }
        for name in named {
            all.extend(documents(&folder.join(name)));
        }
    }
    all
}

fn of_kind<'a>(resources: &'a [Yaml], kind: &str) -> Vec<&'a Yaml> {
    let all: Vec<&Yaml> = resources
        .iter()
        .filter(|resource| resource["kind"].as_str() == Some(kind))
        .collect();
    assert!(!all.is_empty(), "{kind}");
    all
}

/// The templates of pods.
fn templates(resources: &[Yaml]) -> Vec<&Yaml> {
    let jobs = of_kind(resources, "Job").into_iter();
    let all = jobs.chain(of_kind(resources, "Deployment"));
    all.map(|workload| &workload["spec"]["template"]).collect()
}

/// The container of the pod with this name.
fn container(resources: &[Yaml], pod: &str) -> Yaml {
    let mut templates = resources
        .iter()
        .map(|workload| &workload["spec"]["template"]);
    let template =
        templates.find(|template| template["metadata"]["labels"][NAME].as_str() == Some(pod));
    template.expect(pod)["spec"]["containers"][0].clone()
}

#[test]
fn pods_ask_for_no_right_and_mount_what_they_read() {
    for template in templates(&resources()) {
        let spec = &template["spec"];
        let security = &spec["securityContext"];
        assert_eq!(security["runAsNonRoot"].as_bool(), Some(true));
        assert_eq!(security["runAsUser"].as_i64(), Some(10001));
        assert_eq!(text(&security["seccompProfile"]["type"]), "RuntimeDefault");
        assert_eq!(spec["automountServiceAccountToken"].as_bool(), Some(false));
        let volumes: Vec<&str> = list(&spec["volumes"])
            .iter()
            .map(|volume| text(&volume["name"]))
            .collect();
        for container in list(&spec["containers"]) {
            let security = &container["securityContext"];
            assert_eq!(security["allowPrivilegeEscalation"].as_bool(), Some(false));
            assert_eq!(security["readOnlyRootFilesystem"].as_bool(), Some(true));
            assert_eq!(texts(&security["capabilities"]["drop"]), ["ALL"]);
            assert!(
                container["resources"]["limits"]["memory"]
                    .as_str()
                    .is_some()
            );
            let mounts = list(&container["volumeMounts"]);
            let paths: Vec<&str> = mounts
                .iter()
                .map(|mount| text(&mount["mountPath"]))
                .collect();
            for mount in mounts {
                assert!(volumes.contains(&text(&mount["name"])), "{mount:?}");
                assert_eq!(mount["readOnly"].as_bool(), Some(true));
            }
            for variable in list(&container["env"]) {
                let value = text(&variable["value"]);
                assert!(!value.contains("://"), "a secret: {value}");
                let is_mounted = paths.iter().any(|path| value.starts_with(path));
                assert!(is_mounted || !value.starts_with('/'), "{value}");
            }
        }
    }
}

#[test]
fn what_selects_pods_finds_them_and_ports_have_names_that_there_are() {
    let resources = resources();
    let mut ports = BTreeMap::new();
    for deployment in of_kind(&resources, "Deployment") {
        let spec = &deployment["spec"];
        let name = text(&spec["template"]["metadata"]["labels"][NAME]);
        assert_eq!(text(&spec["selector"]["matchLabels"][NAME]), name);
        let container = &spec["template"]["spec"]["containers"][0];
        let named = list(&container["ports"]).iter();
        let named: Vec<String> = named.map(|port| text(&port["name"]).to_owned()).collect();
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let probe = &container[probe];
            if !probe.is_badvalue() {
                let port = text(&probe["httpGet"]["port"]);
                assert!(named.iter().any(|name| name == port), "{name}: {port}");
            }
        }
        ports.insert(name.to_owned(), named);
    }
    for service in of_kind(&resources, "Service") {
        let named = &ports[text(&service["spec"]["selector"][NAME])];
        let port = text(&service["spec"]["ports"][0]["targetPort"]);
        assert!(named.iter().any(|name| name == port), "{port}");
        assert_ne!(port, "monitoring", "it is not for the public");
    }
    for monitor in of_kind(&resources, "PodMonitor") {
        let named = &ports[text(&monitor["spec"]["selector"]["matchLabels"][NAME])];
        let port = text(&monitor["spec"]["podMetricsEndpoints"][0]["port"]);
        assert!(named.iter().any(|name| name == port), "{port}");
    }
    for budget in of_kind(&resources, "PodDisruptionBudget") {
        assert!(ports.contains_key(text(&budget["spec"]["selector"]["matchLabels"][NAME])));
    }
}

/// Seconds that grepper may take to stop, and a little.
const STOPPING: i64 = 35;

#[test]
fn pods_are_not_restarted_for_servers_that_are_away_and_stop_after_requests_went_elsewhere() {
    let resources = resources();
    let nommer = container(&resources, "nommer");
    for probe in ["startupProbe", "livenessProbe"] {
        let path = text(&nommer[probe]["httpGet"]["path"]);
        assert_eq!(path, "/healthz/live", "{probe} waits for no server");
    }
    let grepper = container(&resources, "grepper");
    let before = texts(&grepper["lifecycle"]["preStop"]["exec"]["command"]);
    let ["sleep", seconds] = before[..] else {
        panic!("{before:?}");
    };
    let seconds: i64 = seconds.parse().expect("a number");
    assert!((5..=30).contains(&seconds), "{seconds}");
    for deployment in of_kind(&resources, "Deployment") {
        let spec = &deployment["spec"]["template"]["spec"];
        let patience = spec["terminationGracePeriodSeconds"].as_i64();
        if text(&spec["containers"][0]["name"]) == "grepper" {
            assert!(patience > Some(seconds + STOPPING), "{patience:?}");
        }
    }
}

/// What is mounted into a pod, here.
struct Mounted {
    folder: TempDir,
    /// The ports of the manifests, and those that stand for them.
    ports: BTreeMap<u16, u16>,
}

impl Mounted {
    fn new(secrets: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, secret) in secrets {
            fs::write(folder.path().join(name), secret).expect("written");
        }
        let port = || free_port().expect("a port");
        let ports = [8080, 9321, 9322].map(|port_of_pod| (port_of_pod, port()));
        let mounted = Self {
            folder,
            ports: ports.into(),
        };
        let settings = fs::read_to_string(self::folder().join("nommer.toml")).expect("settings");
        let settings = mounted.here(&settings);
        fs::write(mounted.folder.path().join("config.toml"), settings).expect("written");
        mounted
    }

    /// A text of the manifests with places and ports of this machine.
    fn here(&self, text: &str) -> String {
        let folder = self.folder.path().to_str().expect("text");
        let text = text.replace(SECRETS, folder).replace("/etc/nommer", folder);
        self.ports.iter().fold(text, |text, (there, here)| {
            text.replace(&there.to_string(), &here.to_string())
        })
    }

    /// The command line of a container.
    fn command(&self, container: &Yaml) -> Command {
        let words = texts(&container["command"]);
        let mut command = clean(words[0]);
        command.args(&words[1..]);
        command.args(texts(&container["args"]).iter().map(|word| self.here(word)));
        for variable in list(&container["env"]) {
            command.env(text(&variable["name"]), self.here(text(&variable["value"])));
        }
        command.current_dir("/");
        command
    }

    /// Waits until each probe of a running container is content.
    fn assert_content(&self, container: &Yaml, process: &Process) {
        for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
            let asked = &container[probe]["httpGet"];
            if asked.is_badvalue() {
                continue;
            }
            let ports = list(&container["ports"]).iter();
            let port = ports
                .filter(|port| port["name"] == asked["port"])
                .find_map(|port| u16::try_from(port["containerPort"].as_i64()?).ok());
            let port = self.ports[&port.expect("a port")];
            let url = format!("http://127.0.0.1:{port}{}", text(&asked["path"]));
            let listens = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
            eventually(&format!("{url} is content"), PATIENCE, || {
                listens() && http::get(&url).status == 200
            });
        }
        println!("{}", process.log().unwrap_or_default());
    }
}

#[test]
fn programs_start_as_the_manifests_say_and_their_probes_are_content() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    let resources = resources();
    let mounted = Mounted::new(&[("database_url", &database.url), ("amqp_url", &rabbit.url())]);
    let migrate = container(&resources, "archive-migrate");
    let output = mounted.command(&migrate).output().expect("run");
    assert!(output.status.success(), "{output:?}");
    for pod in ["nommer", "grepper"] {
        let container = container(&resources, pod);
        let process = Process::spawn(&mounted.command(&container)).expect(pod);
        mounted.assert_content(&container, &process);
    }
}

/// The Deployment of grepper with what is commented out of its environment.
fn private_grepper() -> Yaml {
    let text = fs::read_to_string(folder().join("grepper.yaml")).expect("a manifest");
    let with_all = text.replace("#- {name", "- {name");
    assert_ne!(text, with_all);
    container(
        &YamlLoader::load_from_str(&with_all).expect("YAML"),
        "grepper",
    )
}

#[test]
fn grepper_is_private_as_the_remarks_of_its_manifest_say() {
    const TOKEN: &str = "8u1Yq0bWbYt2m9Zk";
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let mounted = Mounted::new(&[("database_url", &database.url), ("tokens", TOKEN)]);
    let container = private_grepper();
    let process = Process::spawn(&mounted.command(&container)).expect("grepper");
    mounted.assert_content(&container, &process);
    let url = format!("http://127.0.0.1:{}/datagrepper/raw", mounted.ports[&8080]);
    assert_eq!(http::get(&url).status, 401);
    let token = format!("Bearer {TOKEN}");
    let admitted = http::request("GET", &url, &[("Authorization", &token)]);
    assert_eq!(admitted.status, 200, "{}", admitted.body);
}
