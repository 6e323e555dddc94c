//! An end before all is asked.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use devstack::{Process, Signal};

use crate::support::eventually;
use crate::support::programs::{Grepper, clean};
use crate::support::sample_archive::fresh;

#[test]
fn who_is_interrupted_tells_what_is_known_so_far() {
    let database = fresh(50);
    let grepper = Grepper::start(&database.url, &[]);
    let mut list = tempfile::NamedTempFile::new().expect("a file");
    for page in 1..=1000 {
        writeln!(list, "/raw?page={page}").expect("written");
    }
    let mut command = clean("grepper-diff");
    command
        .args([
            "--old",
            &grepper.authority,
            "--new",
            &grepper.authority,
            "--rate",
            "20",
        ])
        .arg("--requests")
        .arg(list.path());
    let mut process = Process::spawn(&command).expect("grepper-diff");
    eventually("some are asked", Duration::from_secs(60), || {
        let log = grepper.process.log().expect("a log");
        log.matches("/raw").count() > 10
    });
    process.signal(Signal::SIGINT).expect("interrupted");
    let status = process.wait(Duration::from_secs(120)).expect("waited");
    let told = process.log().expect("a log");
    assert_eq!(status.and_then(|status| status.code()), Some(0), "{told}");
    assert!(
        told.contains("It was stopped before all were asked."),
        "{told}"
    );
    assert!(told.contains("All differences are known."), "{told}");
}

#[test]
fn who_cannot_ask_says_so() {
    let nobody = "http://127.0.0.1:1";
    let ask = || {
        let mut command = clean("grepper-diff");
        command.args(["--old", nobody, "--new", nobody, "--requests", "-"]);
        command
    };
    let output = ask().stdin(Stdio::null()).output().expect("grepper-diff");
    assert_eq!(output.status.code(), Some(2));
    let mut child = ask()
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("grepper-diff");
    child
        .stdin
        .take()
        .expect("piped")
        .write_all(b"/raw\n")
        .expect("written");
    let output = child.wait_with_output().expect("waited");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("http://127.0.0.1:1 does not answer"),
        "{said}"
    );
}
