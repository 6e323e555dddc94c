//! A primary and its standbys under Patroni.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::cluster::etcd::Etcd;
use crate::cluster::haproxy::HaProxy;
use crate::cluster::node::Node;
use crate::cluster::rest;
use crate::{locate, log};

/// How long a node may take until it has all and follows.
const START: Duration = Duration::from_secs(120);
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// What a replica may lack where all is well.
const LITTLE: u32 = 1 << 20;

/// Three nodes, etcd and HAProxy.
#[derive(Debug)]
pub struct PatroniCluster {
    /// Patroni and PostgreSQL, of each machine.
    pub nodes: Vec<Node>,
    /// HAProxy in front of them.
    pub haproxy: HaProxy,
    /// Where they keep who leads.
    pub etcd: Etcd,
}

/// Programs that the clusters need and that are not installed.
pub fn missing_programs() -> Vec<&'static str> {
    let is_missing = |name: &&str| locate::program("/usr/sbin".as_ref(), name).is_err();
    let mut missing: Vec<&str> = ["etcd", "patroni", "haproxy", "psql"].into();
    missing.retain(is_missing);
    if locate::rabbitmq().is_err() {
        missing.push("rabbitmq-server");
    }
    missing
}

impl PatroniCluster {
    /// Starts three nodes, one of which is the primary, and waits until both others follow and commits wait for one
    /// of them.
    ///
    /// # Errors
    /// When something is not installed or does not start.
    pub fn start() -> Result<Self> {
        let etcd = Etcd::start()?;
        let names = ["node1", "node2", "node3"];
        let nodes = names.map(|name| Node::new(name, etcd.port()));
        let mut nodes = nodes.into_iter().collect::<Result<Vec<_>>>()?;
        for node in &mut nodes {
            node.start()?;
        }
        let haproxy = HaProxy::start(&nodes)?;
        let cluster = Self {
            nodes,
            haproxy,
            etcd,
        };
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// The URL of a database that names all nodes.
    pub fn url(&self, database: &str) -> String {
        let all: Vec<String> = self
            .nodes
            .iter()
            .map(|node| format!("127.0.0.1:{}", node.port()))
            .collect();
        format!("postgres://postgres@{}/{database}", all.join(","))
    }

    /// The place of the primary among the nodes.
    ///
    /// # Errors
    /// When none is for a while.
    pub fn primary(&self) -> Result<usize> {
        let mut found = None;
        self.wait("a primary", |this| {
            found = this.nodes.iter().position(Node::is_primary);
            found.is_some()
        })?;
        found.context("a primary")
    }

    /// The place of the standby that commits wait for.
    ///
    /// # Errors
    /// When none is for a while.
    pub fn synchronous_standby(&self) -> Result<usize> {
        let mut found = None;
        self.wait("a synchronous standby", |this| {
            found = this.nodes.iter().position(Node::is_synchronous);
            found.is_some()
        })?;
        found.context("a synchronous standby")
    }

    /// Waits until there is a primary, and all others follow it, of which one has all that is committed.
    ///
    /// # Errors
    /// When that is not so for a long while; with the ends of the logs.
    pub fn wait_until_whole(&self) -> Result<()> {
        self.wait("a whole cluster", |this| {
            let nodes = || this.nodes.iter();
            let replicas = nodes().filter(|node| node.is_replica(LITTLE)).count();
            replicas + 1 == this.nodes.len()
                && nodes().any(Node::is_primary)
                && nodes().any(Node::is_synchronous)
        })
    }

    /// Has another node lead, as an operator does before work on the primary. Answers once that is done.
    ///
    /// # Errors
    /// When Patroni refuses for a while.
    pub fn switch_over(&self) -> Result<()> {
        let mut answer = Ok(());
        // Who is synchronous may change between the look and the request.
        self.wait("a switchover", |this| {
            answer = this.request_switchover();
            answer.is_ok()
        })
        .or(answer)
    }

    fn request_switchover(&self) -> Result<()> {
        let (leader, candidate) = (self.primary()?, self.synchronous_standby()?);
        let [leader, candidate] = [leader, candidate].map(|place| &self.nodes[place]);
        let body = format!(
            r#"{{"leader": "{}", "candidate": "{}"}}"#,
            leader.name(),
            candidate.name()
        );
        let (status, text) = rest::ask(leader.rest_port(), "POST", "/switchover", &body)?;
        ensure!(status == 200, "Patroni answers {status}: {text}");
        Ok(())
    }

    /// Copies what each node told to `patroni-NAME.log` in `folder`.
    ///
    /// # Errors
    /// When a log cannot be read, or not be written there.
    pub fn keep_logs(&self, folder: &Path) -> Result<()> {
        for node in &self.nodes {
            let kept = folder.join(format!("patroni-{}.log", node.name()));
            fs::copy(node.log_file(), &kept)
                .with_context(|| format!("keeping {}", kept.display()))?;
        }
        Ok(())
    }

    /// Changes settings of the cluster: JSON as Patroni's `/config` takes it.
    ///
    /// # Errors
    /// When Patroni refuses.
    pub fn configure(&self, json: &str) -> Result<()> {
        let primary = &self.nodes[self.primary()?];
        let (status, text) = rest::ask(primary.rest_port(), "PATCH", "/config", json)?;
        ensure!(status == 200, "Patroni answers {status}: {text}");
        Ok(())
    }

    fn wait(&self, what: &str, mut condition: impl FnMut(&Self) -> bool) -> Result<()> {
        let deadline = Instant::now() + START;
        while !condition(self) {
            if Instant::now() >= deadline {
                let logs: Vec<String> = self
                    .nodes
                    .iter()
                    .map(|node| format!("{}:\n{}", node.name(), log::tail(&node.log_file())))
                    .collect();
                bail!("waited {START:?} for {what}; logs of {}", logs.join("\n"));
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        Ok(())
    }
}
