//! How servers end with their owner, even when the owner is killed.
//!
//! Each supervised program has a watchdog, a few lines of shell in a process group
//! of its own. The watchdog reads from a pipe whose only write end its owner
//! has: the kernel closes that end when the owner ends, whether it returned,
//! panicked or was killed. Then the watchdog stops the program it was last told
//! of and removes the data folder. Dropping the owner's handle closes the same
//! pipe, so there is one way to clean up and every test takes it.
//!
//! The other way around, a program starts behind a gate: a shell which waits for
//! a line from its owner before it becomes the program. The owner tells the
//! watchdog first and opens the gate then, so at no moment is there a program
//! that no watchdog knows.
//!
//! Watchdogs and programs have process groups of their own, thus Ctrl-C in the
//! terminal reaches the owner only.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// `$1` is the folder to remove or empty, `$2` the signal to try first. A stopped
/// program gets no signal before it continues, hence CONT. After ten seconds KILL.
/// Where `$3` says `sweep`, whoever works in the folder is killed, too: what the program
/// started in groups of their own.
const WATCHDOG: &str = r#"
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
    kill -s "$2" -- "-$pid"
    kill -s CONT -- "-$pid"
    tries=0
    while [ $tries -lt 400 ] && grep -q '^State:.[^ZX]' "/proc/$pid/status"; do
        sleep 0.025
        tries=$((tries + 1))
    done
    kill -s KILL -- "-$pid"
fi
if [ "$3" = sweep ]; then
    for _ in 1 2 3; do
        for left in $(find /proc/[0-9]* -maxdepth 1 -name cwd -lname "$1*"); do
            left=${left%/cwd}
            kill -s KILL "${left#/proc/}"
        done
        sleep 0.1
    done
fi
if [ -n "$1" ]; then
    rm -rf -- "$1" || { sleep 1; rm -rf -- "$1"; }
fi
"#;

const GATE: &str = r#"read -r line && exec "$@" </dev/null"#;

/// Whom a watchdog ends.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    /// The program and its process group.
    Group,
    /// Those, and all whose working folder lies in the folder.
    Folder,
}

impl Reach {
    fn word(self) -> &'static str {
        match self {
            Self::Group => "",
            Self::Folder => "sweep",
        }
    }
}

/// The process that cleans up after its owner.
#[derive(Debug)]
pub(crate) struct Watchdog {
    process: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// A watchdog that removes `folder` in the end, and first stops the program it
    /// was last told of, by `signal` (a name such as `QUIT`).
    pub(crate) fn new(folder: Option<&Path>, signal: &str, reach: Reach) -> Result<Self> {
        let mut process = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(folder.map_or(OsStr::new(""), Path::as_os_str))
            .arg(signal)
            .arg(reach.word())
            .current_dir("/")
            .stdin(Stdio::piped())
            // Nobody who waits for the end of our output shall wait for this process.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("starting a watchdog")?;
        let pipe = process.stdin.take();
        Ok(Self { process, pipe })
    }

    /// Names the program to stop in the end, or that there is none.
    pub(crate) fn tell(&mut self, pid: Option<u32>) -> Result<()> {
        let line = pid.map_or("\n".to_owned(), |pid| format!("{pid}\n"));
        let pipe = self.pipe.as_mut().context("the watchdog was let go")?;
        pipe.write_all(line.as_bytes())
            .context("telling the watchdog")
    }

    /// Makes the watchdog do its work.
    pub(crate) fn let_go(&mut self) {
        self.pipe = None;
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.let_go();
        // It cannot have gone already: we are the one to wait for it.
        let _ = self.process.wait();
    }
}

/// A command that becomes `program` once its gate is opened; add the arguments,
/// environment and log, then hand it to `spawn_behind_gate`.
pub(crate) fn gated(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GATE, "gate"]).arg(program);
    command
}

/// Starts a `gated` command under `watchdog`.
pub(crate) fn spawn_behind_gate(command: &mut Command, watchdog: &mut Watchdog) -> Result<Child> {
    let mut child = command
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .context("starting /bin/sh")?;
    let mut gate = child.stdin.take().context("the gate's pipe")?;
    watchdog.tell(Some(child.id()))?;
    gate.write_all(b"go\n").context("opening the gate")?;
    Ok(child)
}
