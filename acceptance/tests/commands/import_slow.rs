//! Imports from a pipe to which somebody writes now and then.

use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use devstack::Database;
use flate2::write::GzEncoder;

use crate::moved::{Files, count, lines, samples};
use crate::support::eventually;
use crate::typed::{command, migrated};

const PATIENCE: Duration = Duration::from_secs(300);

/// An import, and the pipe from which it reads.
fn begin(database: &Database, files: &[&str]) -> (Child, ChildStdin) {
    let mut child = command(&database.url, &[&["nommer", "import"], files].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let pipe = child.stdin.take().expect("a pipe");
    (child, pipe)
}

/// Ends an import while its pipe is open, and asserts what it says of that.
fn end(import: Child, pipe: ChildStdin, stored: usize) {
    let pid = import.id().to_string();
    let signalled = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(signalled.expect("kill").success());
    let ended = import.wait_with_output().expect("it ends");
    drop(pipe);
    let (told, complaint) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    assert_eq!(ended.status.code(), Some(1), "{complaint}");
    let stored_line = format!("{stored} messages stored, 0 duplicates recognised, 0 put aside");
    assert!(told.contains(&stored_line), "{told}{complaint}");
    let place = format!("to go on from here: --skip {stored}");
    assert!(complaint.contains(&place), "{complaint}");
}

#[test]
fn what_a_pipe_has_is_stored_while_more_is_waited_for() {
    let (postgres, database) = migrated();
    let stored = |expected| {
        eventually("they are stored", PATIENCE, || {
            count(postgres, &database, "messages") == expected
        });
    };
    let messages = samples(8);
    let (import, mut pipe) = begin(&database, &["-"]);
    let write = |pipe: &mut ChildStdin, text: &str| pipe.write_all(text.as_bytes()).expect("taken");
    write(&mut pipe, &lines(&messages[..3]));
    stored(3);
    let text = lines(&messages[3..]);
    let (most, end_of_last) = text.split_at(text.len() - 20);
    write(&mut pipe, most);
    stored(7);
    write(&mut pipe, end_of_last);
    stored(8);
    end(import, pipe, 8);
}

#[test]
fn what_a_packed_pipe_has_is_stored_while_more_is_waited_for() {
    let (postgres, database) = migrated();
    let (import, pipe) = begin(&database, &[]);
    let mut packed = GzEncoder::new(pipe, flate2::Compression::fast());
    packed
        .write_all(lines(&samples(5)).as_bytes())
        .expect("taken");
    packed.flush().expect("taken");
    eventually("they are stored", PATIENCE, || {
        count(postgres, &database, "messages") == 5
    });
    let pid = import.id().to_string();
    let signalled = Command::new("kill").args(["-INT", &pid]).status();
    assert!(signalled.expect("kill").success());
    let ended = import.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
}

#[test]
fn a_signal_ends_an_import_of_a_pipe_from_which_nothing_has_come() {
    let files = Files::new();
    let (postgres, database) = migrated();
    let first = files.write("first.ndjson", lines(&samples(4)));
    let (import, pipe) = begin(&database, &[&first.display().to_string(), "-"]);
    eventually("the file is stored", PATIENCE, || {
        count(postgres, &database, "messages") == 4
    });
    end(import, pipe, 4);
}
