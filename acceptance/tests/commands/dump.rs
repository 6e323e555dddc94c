//! Dumps: whole, in order, in any form, and in little memory.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use devstack::{Database, Postgres};
use flate2::read::GzDecoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::memory;
use crate::typed::{command, migrated, run, said};

/// Stores so many messages, a second each, with bodies of so many letters; the last ones come first.
fn store(postgres: &Postgres, database: &Database, count: u32, letters: u32) {
    let sql = format!(
        r#"INSERT INTO messages (msg_id, i, topic, "timestamp", category, msg, headers)
           SELECT 'id-' || n, 0, 'a.b.c.git.push', timestamp '2024-05-01' + n * interval '1 second', 'git',
                  '{{"text": "' || repeat('x', {letters}) || '"}}', '{{}}'
           FROM generate_series({count}, 1, -1) AS n"#
    );
    postgres.run_sql(&database.name, &sql).expect("stored");
}

/// The ids of an array of messages.
fn ids(dump: &str) -> Vec<String> {
    let Value::Array(messages) = serde_json::from_str(dump).expect("JSON") else {
        panic!("no array: {dump}");
    };
    let id = |message: &Value| message["id"].as_str().expect("an id").to_owned();
    messages.iter().map(id).collect()
}

fn numbered(count: u32) -> Vec<String> {
    (1..=count).map(|n| format!("id-{n}")).collect()
}

#[test]
fn a_dump_has_every_message_once_by_time() {
    let (postgres, database) = migrated();
    assert_eq!(said(&database.url, &["nommer", "dump"]), "[]\n");
    assert_eq!(
        said(&database.url, &["nommer", "dump", "--format", "ndjson"]),
        ""
    );
    store(postgres, &database, 1234, 10);
    let dump = said(&database.url, &["nommer", "dump"]);
    assert_eq!(ids(&dump), numbered(1234));
    let lines = said(&database.url, &["nommer", "dump", "--format", "ndjson"]);
    let array = lines.trim_end().replace('\n', ",");
    assert_eq!(format!("[{array}]\n"), dump);
    // Both ends belong to it, whatever offset they have.
    let part = said(
        &database.url,
        &[
            "nommer",
            "dump",
            "--since",
            "2024-05-01T02:00:03+02:00",
            "--before",
            "2024-05-01 00:00:05Z",
        ],
    );
    assert_eq!(ids(&part), ["id-3", "id-4", "id-5"]);
}

#[test]
fn files_are_compressed_as_their_names_say_and_replace_none() {
    let (postgres, database) = migrated();
    store(postgres, &database, 30, 1000);
    let dump = said(&database.url, &["nommer", "dump"]);
    let folder = TempDir::new().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    for (name, more, kind) in [
        ("dump.json", &[][..], "plain"),
        ("dump.json.gz", &[], "gzip"),
        ("dump.json.zst", &[], "zstd"),
        ("dump", &["--compress", "zstd"], "zstd"),
        ("plain.gz", &["--compress", "none"], "plain"),
    ] {
        let path = file(name);
        let typed = [&["nommer", "dump", "--output", &path], more].concat();
        let ended = run(&database.url, &typed);
        assert_eq!((ended.code, ended.text()), (Some(0), ""), "{ended:?}");
        assert_eq!(ended.stderr, "dumped 30 messages\n");
        assert_eq!(
            unpacked(&std::fs::read(&path).expect("a file"), kind),
            dump,
            "{name}"
        );
        // What is there is a dump of before.
        let again = run(&database.url, &typed);
        assert_eq!(again.code, Some(1), "{again:?}");
        assert!(again.stderr.contains("is there already"), "{again:?}");
        assert_eq!(unpacked(&std::fs::read(&path).expect("a file"), kind), dump);
        assert!(!Path::new(&(path + ".part")).exists());
    }
    let piped = run(&database.url, &["nommer", "dump", "--compress", "gzip"]);
    assert_eq!(unpacked(&piped.stdout, "gzip"), dump);
}

fn unpacked(bytes: &[u8], kind: &str) -> String {
    let mut text = String::new();
    match kind {
        "gzip" => {
            let read = GzDecoder::new(bytes).read_to_string(&mut text);
            read.expect("gzip");
        }
        "zstd" => text = String::from_utf8(zstd::decode_all(bytes).expect("zstd")).expect("UTF-8"),
        _ => text = String::from_utf8(bytes.to_vec()).expect("UTF-8"),
    }
    text
}

#[test]
fn nobody_has_to_read_to_the_end() {
    let (postgres, database) = migrated();
    store(postgres, &database, 5000, 1000);
    for more in [&[][..], &["--format", "ndjson"], &["--compress", "zstd"]] {
        let mut command = command(&database.url, &[&["datanommer-dump"], more].concat());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut first = [0; 10];
        let mut stdout = child.stdout.take().expect("a pipe");
        stdout.read_exact(&mut first).expect("a beginning");
        drop(stdout);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(
            (
                output.status.code(),
                String::from_utf8_lossy(&output.stderr).as_ref()
            ),
            (Some(0), ""),
            "{more:?}"
        );
    }
}

#[test]
fn a_dump_takes_the_memory_of_a_page_and_a_large_message() {
    const LARGE: u32 = 1 << 20;
    const COUNT: u32 = 100;
    let (postgres, database) = migrated();
    store(postgres, &database, COUNT, LARGE);
    let mut command = command(&database.url, &["nommer", "dump"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut piece = vec![0; 1 << 16];
    let (mut read, mut peak) = (0, 0);
    loop {
        let count = stdout.read(&mut piece).expect("read");
        if count == 0 {
            break;
        }
        read += count as u64;
        // Before the end, after which nothing is known of a process.
        if read > u64::from((COUNT - 1) * LARGE) && peak == 0 {
            peak = memory::peak_of(child.id());
        }
    }
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert!(read > u64::from(COUNT * LARGE), "{read} bytes");
    assert!((1..64 << 20).contains(&peak), "{peak} bytes of memory");
}
