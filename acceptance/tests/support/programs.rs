//! nommer and grepper as their users start them.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use devstack::{Process, binary, free_port};
use tempfile::NamedTempFile;

use super::{eventually, http};

/// Settings of whoever runs the tests must not reach the programs.
pub fn clean(program: &str) -> Command {
    let mut command = Command::new(binary(program).expect(program));
    for name in [
        "DATABASE_URL",
        "AMQP_URL",
        "FEDORA_MESSAGING_CONF",
        "NOMMER_RULES",
        "GREPPER_RULES",
        "RUST_LOG",
        "LOG_FORMAT",
    ] {
        command.env_remove(name);
    }
    command.env("TZ", "Asia/Kathmandu");
    command
}

pub fn migrate(database_url: &str) {
    let output = clean("nommer")
        .arg("migrate")
        .env("DATABASE_URL", database_url)
        .output()
        .expect("nommer");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Asserts that the counters say what is there.
#[track_caller]
pub fn verify_counters(database_url: &str) {
    let output = clean("nommer")
        .args(["counters", "verify"])
        .env("DATABASE_URL", database_url)
        .output()
        .expect("nommer");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// A running `nommer consume`.
pub struct Nommer {
    pub process: Process,
    config: NamedTempFile,
}

impl Nommer {
    /// With this configuration file, and nothing in the environment.
    pub fn start(config: &str) -> Self {
        let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
        file.write_all(config.as_bytes()).expect("written");
        let process = Self::launch(&file);
        Self {
            process,
            config: file,
        }
    }

    fn launch(config: &NamedTempFile) -> Process {
        Process::spawn(clean("nommer").arg("consume").arg("-c").arg(config.path())).expect("nommer")
    }

    /// Starts it again after its end, with the same file.
    pub fn start_again(&mut self) {
        self.process = Self::launch(&self.config);
    }

    pub fn log(&self) -> String {
        self.process.log().unwrap_or_default()
    }

    /// SIGTERM; answers the exit code.
    pub fn terminate(&mut self) -> Option<i32> {
        self.process.terminate().expect("signalled");
        let status = self.process.wait(Duration::from_secs(30)).expect("waited");
        status
            .unwrap_or_else(|| panic!("still there after 30 s:\n{}", self.log()))
            .code()
    }
}

/// The incumbent's file with one durable queue bound to everything under `prefix`.
pub fn config(amqp_url: &str, database_url: &str, queue: &str, routing_key: &str) -> String {
    format!(
        r##"
amqp_url = "{amqp_url}"
callback = "datanommer.consumer:Nommer"

[queues."{queue}"]
durable = true
auto_delete = false
exclusive = false
arguments = {{}}

[[bindings]]
queue = "{queue}"
exchange = "amq.topic"
routing_keys = ["{routing_key}"]

[consumer_config]
datanommer_sqlalchemy_url = "{database_url}"
"##
    )
}

/// A running `grepper`.
pub struct Grepper {
    pub process: Process,
    /// `http://127.0.0.1:PORT` without the base path.
    pub authority: String,
}

impl Grepper {
    pub fn start(database_url: &str, arguments: &[&str]) -> Self {
        let listen = format!("127.0.0.1:{}", free_port().expect("a port"));
        let mut command = clean("grepper");
        command
            .args(["--database-url", database_url, "--listen", &listen])
            .args(arguments);
        let process = Process::spawn(&command).expect("grepper");
        eventually("grepper listens", Duration::from_secs(20), || {
            std::net::TcpStream::connect(&listen).is_ok()
        });
        Self {
            process,
            authority: format!("http://{listen}"),
        }
    }

    pub fn get(&self, path: &str) -> http::Answer {
        http::get(&format!("{}{path}", self.authority))
    }
}
