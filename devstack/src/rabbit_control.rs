//! Commands to a RabbitMQ server, by its rabbitmqctl. Each takes a second or two.

use std::ffi::OsStr;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::rabbit::Rabbit;

impl Rabbit {
    /// Runs `rabbitmqctl --quiet` with `arguments` and returns what it printed.
    ///
    /// # Errors
    /// With what it complained of.
    pub fn rabbitmqctl<I>(&self, arguments: I) -> Result<String>
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let mut command = Command::new(self.layout.scripts.join("rabbitmqctl"));
        self.layout.prepare(&mut command);
        command
            .args(["--node", &self.layout.node(), "--quiet"])
            .args(arguments);
        let output = command.output().context("starting rabbitmqctl")?;
        let printed = String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned();
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!(
                "rabbitmqctl ended with {}: {printed}\n{complaint}",
                output.status
            );
        }
        Ok(printed)
    }

    /// Makes the server believe it lacks memory: it stops reading from publishers.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn raise_memory_alarm(&self) -> Result<()> {
        self.rabbitmqctl(["set_vm_memory_high_watermark", "0.00000001"])?;
        Ok(())
    }

    /// Ends the alarm.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn clear_memory_alarm(&self) -> Result<()> {
        self.rabbitmqctl(["set_vm_memory_high_watermark", "0.4"])?;
        Ok(())
    }

    /// How many messages a queue of virtual host `/` holds, ready and unacknowledged;
    /// `None` when there is no such queue.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn queue_depth(&self, queue: &str) -> Result<Option<u64>> {
        let list = self.rabbitmqctl(["list_queues", "--no-table-headers", "name", "messages"])?;
        let depth = list
            .lines()
            .find_map(|line| line.strip_prefix(queue)?.strip_prefix('\t'));
        depth
            .map(|depth| depth.parse().context("the depth of a queue"))
            .transpose()
    }

    /// Deletes a queue of virtual host `/` with its messages.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn delete_queue(&self, queue: &str) -> Result<()> {
        self.rabbitmqctl(["delete_queue", queue])?;
        Ok(())
    }

    /// Creates a user, who may do nothing yet.
    ///
    /// # Errors
    /// When the user exists.
    pub fn add_user(&self, name: &str, password: &str) -> Result<()> {
        // The server accepts connections before it takes such commands.
        self.rabbitmqctl(["await_startup"])?;
        self.rabbitmqctl(["add_user", name, password])?;
        Ok(())
    }

    /// Sets what a user may configure, write and read in virtual host `/`: regular
    /// expressions on the names of exchanges and queues.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn set_permissions(
        &self,
        user: &str,
        configure: &str,
        write: &str,
        read: &str,
    ) -> Result<()> {
        self.rabbitmqctl([
            "set_permissions",
            "--vhost",
            "/",
            user,
            configure,
            write,
            read,
        ])?;
        Ok(())
    }

    /// Parts it from another node of its cluster, as a cut network does. Clients reach both still.
    ///
    /// # Errors
    /// When the server does not run.
    pub fn part_from(&self, other: &Self) -> Result<()> {
        let other = other.layout.node();
        // They find out that they are strangers, whichever of them connects.
        self.rabbitmqctl([
            "eval",
            &format!("erlang:set_cookie('{other}', parted), erlang:disconnect_node('{other}')."),
        ])?;
        Ok(())
    }
}
