//! The folder, ports, configuration and environment of a RabbitMQ node.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::account::{self, Account};
use crate::free_port;
use crate::rabbit_options::{RabbitOptions, Tls};

/// All that stays the same when a node is started again.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) scripts: PathBuf,
    pub(crate) account: Option<Account>,
    pub(crate) folder: PathBuf,
    pub(crate) amqp_port: u16,
    pub(crate) tls_port: Option<u16>,
    pub(crate) management_port: Option<u16>,
    pub(crate) epmd_port: u16,
    distribution_port: u16,
}

impl Layout {
    /// Chooses ports and writes the configuration to `folder`: of a node of its own, or of one that
    /// becomes a cluster with the `first`.
    pub(crate) fn write(
        scripts: PathBuf,
        folder: PathBuf,
        account: Option<Account>,
        options: &RabbitOptions,
        first: Option<&Self>,
    ) -> Result<Self> {
        let tls_port = options.tls.as_ref().map(|_| free_port()).transpose()?;
        let management_port = options.management.then(free_port).transpose()?;
        let layout = Self {
            scripts,
            account,
            folder,
            amqp_port: free_port()?,
            tls_port,
            management_port,
            epmd_port: first.map_or_else(free_port, |first| Ok(first.epmd_port))?,
            distribution_port: free_port()?,
        };
        fs::create_dir_all(layout.file("conf.d"))?;
        let mut configuration = layout.configuration(options);
        if let Some(first) = first {
            configuration += &joining(&first.node());
            layout.share_secret(first)?;
        }
        layout.put("rabbitmq.conf", &configuration)?;
        layout.put("rabbitmq-env.conf", "")?;
        layout.put("advanced.config", "[].\n")?;
        let plugins = [
            (options.tls.is_some(), "rabbitmq_auth_mechanism_ssl"),
            (options.management, "rabbitmq_management"),
        ];
        let plugins = plugins.into_iter().filter(|(is_wanted, _)| *is_wanted);
        let plugins: Vec<&str> = plugins.map(|(_, plugin)| plugin).collect();
        layout.put("enabled_plugins", &format!("[{}].\n", plugins.join(",")))?;
        if let Some(Tls {
            ca,
            certificate,
            key,
        }) = &options.tls
        {
            // The account cannot read files in their owner's folders.
            for (from, to) in [(ca, "ca.pem"), (certificate, "cert.pem"), (key, "key.pem")] {
                let to = layout.file(to);
                fs::copy(from, &to).with_context(|| format!("copying {}", from.display()))?;
                account::own(account, &to)?;
            }
        }
        Ok(layout)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn put(&self, name: &str, text: &str) -> Result<()> {
        let path = self.file(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        account::own(self.account, &path)
    }

    /// Nodes of a cluster know each other by this file.
    fn share_secret(&self, first: &Self) -> Result<()> {
        let (from, to) = (first.file(COOKIE), self.file(COOKIE));
        fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
        account::own(self.account, &to)
    }

    fn configuration(&self, options: &RabbitOptions) -> String {
        let mut lines = vec![
            format!("listeners.tcp.local = 127.0.0.1:{}", self.amqp_port),
            "log.console = true".to_owned(),
            "log.console.level = info".to_owned(),
            "log.file = false".to_owned(),
            // Builds fill disks; the alarm would block publishers.
            "disk_free_limit.absolute = 10MB".to_owned(),
        ];
        if let Some(port) = self.tls_port {
            let path = |name| self.file(name).display().to_string();
            lines.extend([
                format!("listeners.ssl.local = 127.0.0.1:{port}"),
                format!("ssl_options.cacertfile = {}", path("ca.pem")),
                format!("ssl_options.certfile = {}", path("cert.pem")),
                format!("ssl_options.keyfile = {}", path("key.pem")),
                "ssl_options.verify = verify_peer".to_owned(),
                "ssl_options.fail_if_no_peer_cert = true".to_owned(),
                "ssl_cert_login_from = common_name".to_owned(),
                "auth_mechanisms.1 = PLAIN".to_owned(),
                "auth_mechanisms.2 = AMQPLAIN".to_owned(),
                "auth_mechanisms.3 = EXTERNAL".to_owned(),
            ]);
        }
        if let Some(port) = self.management_port {
            lines.extend([
                "management.tcp.ip = 127.0.0.1".to_owned(),
                format!("management.tcp.port = {port}"),
            ]);
        }
        lines.extend(options.configuration.iter().cloned());
        lines.join("\n") + "\n"
    }

    /// All ports of 127.0.0.1 that the node listens on.
    pub(crate) fn ports(&self) -> Vec<u16> {
        let always = [self.amqp_port, self.distribution_port];
        let further = [self.tls_port, self.management_port];
        always
            .into_iter()
            .chain(further.into_iter().flatten())
            .collect()
    }

    /// The node's name; its epmd knows no other.
    pub(crate) fn node(&self) -> String {
        format!("devstack-{}@localhost", self.amqp_port)
    }

    /// Makes `command` one of this node's programs: its account and environment,
    /// and nothing of the caller's environment but PATH.
    pub(crate) fn prepare(&self, command: &mut Command) {
        account::assume(self.account, command);
        let mut path = OsString::from("/usr/local/bin:/usr/bin:/bin:");
        path.push(env::var_os("PATH").unwrap_or_default());
        command
            .env_clear()
            .current_dir(&self.folder)
            .env("PATH", path);
        command.env("HOME", &self.folder).env("LANG", "C.UTF-8");
        for (name, file) in [
            ("RABBITMQ_CONFIG_FILE", "rabbitmq.conf"),
            ("RABBITMQ_CONFIG_FILES", "conf.d"),
            ("RABBITMQ_ADVANCED_CONFIG_FILE", "advanced.config"),
            ("RABBITMQ_CONF_ENV_FILE", "rabbitmq-env.conf"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", "enabled_plugins"),
            ("RABBITMQ_MNESIA_BASE", "mnesia"),
            ("RABBITMQ_LOG_BASE", "logs"),
            ("RABBITMQ_SCHEMA_DIR", "schema"),
            ("RABBITMQ_GENERATED_CONFIG_DIR", "generated"),
        ] {
            command.env(name, self.file(file));
        }
        let settings: [(&str, OsString); 12] = [
            ("RABBITMQ_LOGS", "-".into()),
            ("RABBITMQ_NODENAME", self.node().into()),
            (
                "RABBITMQ_DIST_PORT",
                self.distribution_port.to_string().into(),
            ),
            (
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                SERVER_ARGUMENTS.into(),
            ),
            // The script replaces itself by the node then, so its pid is the node's.
            ("RUNNING_UNDER_SYSTEMD", "true".into()),
            // Any free port: by default all rabbitmqctl of a machine share eleven.
            ("RABBITMQ_CTL_DIST_PORT_MIN", "0".into()),
            ("RABBITMQ_CTL_DIST_PORT_MAX", "0".into()),
            ("RABBITMQ_CTL_ERL_ARGS", "+S 1:1 +A 1".into()),
            ("ERL_EPMD_PORT", self.epmd_port.to_string().into()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
            ("ERL_CRASH_DUMP_SECONDS", "0".into()),
            // Erlang would leave an epmd behind when ours has just gone.
            ("ERL_FLAGS", "-start_epmd false".into()),
        ];
        command.envs(settings);
    }
}

const COOKIE: &str = ".erlang.cookie";

/// Lines of rabbitmq.conf by which an empty node joins the one of that name.
fn joining(node: &str) -> String {
    format!(
        "cluster_formation.peer_discovery_backend = classic_config\n\
         cluster_formation.classic_config.nodes.1 = {node}\n"
    )
}

/// A light Erlang which talks to its rabbitmqctl on this machine only.
const SERVER_ARGUMENTS: &str = "+S 2:2 +SDio 4 -kernel inet_dist_use_interface {127,0,0,1}";
