//! Where the data folders are.

use std::env;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use nix::unistd::Uid;

use crate::account::{self, Account};

/// A new folder `<base>/<prefix><random>` in which `account` can write. The
/// caller must hand it to a watchdog at once, which removes it in the end.
pub(crate) fn create(prefix: &str, account: Option<Account>) -> Result<PathBuf> {
    let mut refused = Vec::new();
    for base in [workspace_base()?, temporary_base()?] {
        if prepare(&base).is_err() {
            refused.push(base);
            continue;
        }
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(&base);
        let Ok(folder) = folder else {
            refused.push(base);
            continue;
        };
        account::own(account, folder.path())?;
        if writable(folder.path(), account)? {
            return Ok(folder.keep());
        }
        refused.push(base);
    }
    bail!("no folder for the servers' data: tried {refused:?}")
}

/// `target/devstack` of this workspace.
fn workspace_base() -> Result<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("this crate lies in a workspace")?;
    // A relative CARGO_TARGET_DIR is taken to be meant from the top of the workspace.
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    Ok(workspace.join(target).join("devstack"))
}

/// A folder in the system's temporary folder, for when the workspace lies where
/// the servers' account cannot go, such as /root with mode 0700.
fn temporary_base() -> Result<PathBuf> {
    Ok(env::temp_dir().join(format!("devstack-{}", Uid::effective())))
}

fn prepare(base: &Path) -> Result<()> {
    if let Some(parent) = base.parent() {
        fs::create_dir_all(parent)?;
    }
    match fs::DirBuilder::new().mode(0o755).create(base) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        other => {
            other?;
            // Whatever the umask was, the servers' account must be able to pass.
            fs::set_permissions(base, fs::Permissions::from_mode(0o755))?;
        }
    }
    // In a folder everybody can write to, somebody else may have made it first.
    let owner = fs::symlink_metadata(base)?.uid();
    if owner != Uid::effective().as_raw() {
        bail!("{} belongs to uid {owner}", base.display());
    }
    Ok(())
}

/// Asks the kernel, as `account`, instead of reading the modes of all parents.
fn writable(folder: &Path, account: Option<Account>) -> Result<bool> {
    let mut probe = Command::new("/bin/sh");
    probe
        .args(["-c", r#": >"$1/probe" && rm "$1/probe""#, "sh"])
        .arg(folder)
        .current_dir("/")
        .stderr(Stdio::null());
    account::assume(account, &mut probe);
    Ok(probe.status().context("starting /bin/sh")?.success())
}
