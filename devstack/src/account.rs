//! The unprivileged account the servers run under when their owner is root.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use nix::unistd::{Uid, User};

/// A user other than root, and that user's primary group.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account to change to: none unless we are root, because PostgreSQL
    /// refuses to run as root and everybody else may stay who they are.
    pub(crate) fn for_servers() -> Result<Option<Self>> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = User::from_name(name).context("reading the user database")? {
                let (uid, gid) = (user.uid.as_raw(), user.gid.as_raw());
                return Ok(Some(Self { uid, gid }));
            }
        }
        anyhow::bail!("running as root, and neither user postgres nor nobody exists to change to")
    }

    /// Makes `command` run under this account, without root's groups.
    pub(crate) fn assume(self, command: &mut Command) {
        // The standard library clears the supplementary groups when root sets a uid.
        command.gid(self.gid).uid(self.uid);
    }

    /// Gives `path` to this account.
    pub(crate) fn own(self, path: &Path) -> Result<()> {
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .with_context(|| format!("giving {} to uid {}", path.display(), self.uid))
    }
}

/// Makes `command` run under `account`, if there is one to change to.
pub(crate) fn assume(account: Option<Account>, command: &mut Command) {
    if let Some(account) = account {
        account.assume(command);
    }
}

/// Gives `path` to `account`, if there is one to change to.
pub(crate) fn own(account: Option<Account>, path: &Path) -> Result<()> {
    account.map_or(Ok(()), |account| account.own(path))
}
