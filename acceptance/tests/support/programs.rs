//! nommer and grepper as their users start them.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use devstack::{Process, free_port};
use tempfile::NamedTempFile;

use super::{eventually, http};

pub use acceptance::configuration as config;

/// A configuration whose queue takes everything from an exchange that is made for one test
/// (by [`Publisher::apart`](super::amqp::Publisher::apart)): to `amq.topic` the other tests publish too.
pub fn config_apart(amqp_url: &str, database_url: &str, queue: &str, exchange: &str) -> String {
    config(amqp_url, database_url, queue, "#").replace("amq.topic", exchange)
}

/// One of our programs in a clean environment, but for a time zone that nobody else has.
pub fn clean(program: &str) -> Command {
    in_kathmandu(acceptance::program(program).expect(program))
}

fn in_kathmandu(mut command: Command) -> Command {
    command.env("TZ", "Asia/Kathmandu");
    command
}

pub fn migrate(database_url: &str) {
    acceptance::migrate(database_url).expect("migrated");
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
        let command = acceptance::consume(config.path()).expect("nommer");
        Process::spawn(&in_kathmandu(command)).expect("nommer")
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
        let status = self.process.wait(Duration::from_secs(120)).expect("waited");
        status
            .unwrap_or_else(|| panic!("still there after 120 s:\n{}", self.log()))
            .code()
    }
}

/// The address at which those who watch a program are answered, as its log tells it.
pub fn watched_at(process: &Process) -> String {
    let told = || {
        let log = process.log().unwrap_or_default();
        let (_, rest) = log.split_once("monitoring address=")?;
        Some(format!("http://{}", rest.split_whitespace().next()?))
    };
    eventually("its address is told", Duration::from_secs(20), || {
        told().is_some()
    });
    told().expect("an address")
}

/// A running `grepper`.
pub struct Grepper {
    pub process: Process,
    /// `http://127.0.0.1:PORT` without the base path.
    pub authority: String,
}

impl Grepper {
    pub fn start(database_url: &str, arguments: &[&str]) -> Self {
        Self::start_with(database_url, arguments, &[])
    }

    /// With these variables in its environment.
    pub fn start_with(database_url: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let listen = format!("127.0.0.1:{}", free_port().expect("a port"));
        let mut command = in_kathmandu(acceptance::serve(database_url, &listen).expect("grepper"));
        command.args(arguments).envs(variables.iter().copied());
        Self::launch(&command, listen)
    }

    /// With a log of all that is asked of the database.
    pub fn start_told(database_url: &str) -> Self {
        Self::start_with(database_url, &[], &[("RUST_LOG", "info,archive=debug")])
    }

    /// How often each of these was asked of the database; see [`Self::start_told`].
    pub fn asked<const N: usize>(&self, operations: [&str; N]) -> [usize; N] {
        let log = self.process.log().unwrap_or_default();
        let of = |operation| format!("operation=\"{operation}\"");
        operations.map(|operation| log.matches(&of(operation)).count())
    }

    /// As services are started: with room for so few files, unless they ask for more.
    pub fn start_with_files(database_url: &str, files: u32) -> Self {
        let listen = format!("127.0.0.1:{}", free_port().expect("a port"));
        let serve = acceptance::serve(database_url, &listen).expect("grepper");
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -Sn {files}; exec \"$@\""), "sh"]);
        command.arg(serve.get_program()).args(serve.get_args());
        Self::launch(&in_kathmandu(command), listen)
    }

    fn launch(command: &Command, listen: String) -> Self {
        let process = Process::spawn(command).expect("grepper");
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
