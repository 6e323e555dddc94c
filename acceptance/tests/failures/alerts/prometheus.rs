//! A real Prometheus that watches programs and judges by the rules of the project.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use devstack::{Process, free_port};
use tempfile::TempDir;

use crate::alerts::{filling, shortened};
use crate::support::http::get;

/// Tasks of nommer look every 15 s, and the machine may have much else to do.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Prometheus {
    process: Process,
    url: String,
    fired: BTreeSet<String>,
    _folder: TempDir,
}

impl Prometheus {
    /// Watches programs, each by its job and the port on this machine; nothing where there is no Prometheus.
    pub fn watching(jobs: &[(&str, u16)]) -> Option<Self> {
        if Command::new("prometheus")
            .arg("--version")
            .output()
            .is_err()
        {
            println!("SKIPPED: no prometheus (Debian: apt-get install prometheus)");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let mut configuration =
            "global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}\n\
             rule_files: [rules.yml]\nscrape_configs:\n"
                .to_owned();
        for (job, port) in jobs {
            let targets = format!("[{{targets: ['127.0.0.1:{port}']}}]");
            // The machine has disks of others.
            let own = format!(
                "[{{source_labels: [mountpoint], regex: '|.*/{}[^/]*', action: keep}}]",
                filling::FOLDER
            );
            writeln!(
                configuration,
                "- {{job_name: {job}, static_configs: {targets}, metric_relabel_configs: {own}}}"
            )
            .expect("a text");
        }
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("rules.yml"), shortened::rules()).expect("written");
        std::fs::write(path("prometheus.yml"), configuration).expect("written");
        let listen = format!("127.0.0.1:{}", free_port().expect("a port"));
        let argument = |name: &str, value: &str| format!("--{name}={value}");
        let mut command = Command::new("prometheus");
        command.args([
            argument("config.file", &path("prometheus.yml").display().to_string()),
            argument("storage.tsdb.path", &path("data").display().to_string()),
            argument("web.listen-address", &listen),
        ]);
        let mut process = Process::spawn(&command).expect("prometheus");
        let ready = process.wait_for_line("Server is ready", PATIENCE);
        ready.expect("ready");
        Some(Self {
            process,
            url: format!("http://{listen}"),
            fired: BTreeSet::new(),
            _folder: folder,
        })
    }

    /// The alerts that fire now.
    fn firing(&self) -> BTreeSet<String> {
        let answer = get(&format!("{}/api/v1/alerts", self.url)).json();
        let alerts = answer["data"]["alerts"].as_array().expect("alerts").clone();
        let firing = alerts.iter().filter(|alert| alert["state"] == "firing");
        let name =
            |alert: &serde_json::Value| alert["labels"]["alertname"].as_str().map(str::to_owned);
        firing.filter_map(name).collect()
    }

    /// Waits until each of these alerts fired, at once or one after another.
    #[track_caller]
    pub fn fires(&mut self, alerts: &[&str]) {
        let mut missing: BTreeSet<&str> = alerts.iter().copied().collect();
        let start = std::time::Instant::now();
        while !missing.is_empty() {
            let firing = self.firing();
            missing.retain(|alert| !firing.contains(*alert));
            assert!(
                start.elapsed() < PATIENCE,
                "{missing:?} do not fire, but {firing:?}:\n{}",
                self.process.log().unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        println!("{alerts:?} fired within {:?}", start.elapsed());
        self.fired
            .extend(alerts.iter().map(|alert| (*alert).to_owned()));
    }

    /// Waits until no alert fires, and all programs are asked.
    #[track_caller]
    pub fn is_calm(&self) {
        let start = std::time::Instant::now();
        let mut firing = BTreeSet::new();
        while start.elapsed() < PATIENCE {
            firing = self.firing();
            if firing.is_empty() && self.count("up == 0") == 0 && self.count("up == 1") > 0 {
                println!("calm within {:?}", start.elapsed());
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        panic!("these still fire: {firing:?}");
    }

    /// How many series answer an expression that needs no encoding but of its blanks.
    fn count(&self, expression: &str) -> usize {
        let query = expression.replace(' ', "%20").replace('=', "%3D");
        let answer = get(&format!("{}/api/v1/query?query={query}", self.url)).json();
        answer["data"]["result"].as_array().expect("a result").len()
    }

    /// All of these fired, and each is over.
    #[track_caller]
    pub fn assert_all_fired(&self, alerts: &[&str]) {
        self.is_calm();
        let alerts: BTreeSet<String> = alerts.iter().map(|alert| (*alert).to_owned()).collect();
        assert_eq!(self.fired, alerts);
    }
}

/// What promtool says of a file; nothing, which is told, where there is none.
pub fn promtool(arguments: [&str; 2], file: &Path) -> Option<Output> {
    let checked = Command::new("promtool").args(arguments).arg(file).output();
    if checked.is_err() {
        println!("SKIPPED: no promtool (Debian: apt-get install prometheus)");
    }
    checked.ok()
}
