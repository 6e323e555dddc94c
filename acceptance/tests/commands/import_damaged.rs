//! Imports of files that were cut off or garbled, and imports that were.

use std::time::Duration;

use devstack::Process;
use serde_json::Value;

use crate::chance::random;
use crate::moved::{Files, assert_took, count, import, import_piped, lines, samples, stored, sums};
use crate::support::programs::verify_counters;
use crate::support::{eventually, memory, rows};
use crate::typed::{command, migrated, run, said};

const PATIENCE: Duration = Duration::from_secs(300);

/// How many messages end before each byte of a dump, and where they end.
fn ends(messages: &[String], file: &str) -> Vec<usize> {
    let mut at = 0;
    let end = |message: &String| {
        at += file[at..].find(message.as_str()).expect("it is there") + message.len();
        at
    };
    messages.iter().map(end).collect()
}

#[test]
fn a_file_that_was_cut_off_is_stored_up_to_the_cut_and_told() {
    const COUNT: usize = 300;
    let files = Files::new();
    let (_, source) = migrated();
    assert_took(
        &import_piped(&source, lines(&samples(COUNT)).as_bytes()),
        COUNT,
        0,
        0,
    );
    let ndjson = said(&source.url, &["nommer", "dump", "--format", "ndjson"]);
    let messages: Vec<String> = ndjson.lines().map(str::to_owned).collect();
    let array = said(&source.url, &["nommer", "dump"]);
    let mut random = random(7);
    for file in [&array, &ndjson] {
        let (postgres, database) = migrated();
        let ends = ends(&messages, file);
        let mut cuts: Vec<usize> = (0..25).map(|_| random(file.trim_end().len())).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let path = files.write("cut.json", &file.as_bytes()[..cut]);
            let ended = import(&database, &path);
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(
                count(postgres, &database, "messages"),
                whole,
                "{cut}: {ended:?}"
            );
            // A cut between two lines shows nowhere.
            let shows = cut > 0
                && (file == &array || !(file[..cut].ends_with('\n') || ends.contains(&cut)));
            assert_eq!(ended.code, Some(i32::from(shows)), "{cut}: {ended:?}");
            if shows {
                let place = format!(
                    "cut.json: line {}, byte {cut}: ",
                    1 + file[..cut].matches('\n').count()
                );
                assert!(ended.stderr.contains(&place), "{place}: {ended:?}");
            }
        }
        assert_eq!(count(postgres, &database, "dead_letters"), 0);
        assert_eq!(import_piped(&database, file.as_bytes()).code, Some(0));
        assert!(stored(postgres, &database) == stored(postgres, &source));
    }
    let packed = zstd::encode_all(array.as_bytes(), 1).expect("packed");
    let (postgres, database) = migrated();
    let ended = import_piped(&database, &packed[..packed.len() / 2]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stderr.contains("standard input: line 1, byte "),
        "{ended:?}"
    );
    assert!(
        (1..COUNT).contains(&count(postgres, &database, "messages")),
        "{ended:?}"
    );
}

#[test]
fn what_is_garbled_is_put_aside_whole_and_the_rest_is_stored() {
    const COUNT: usize = 40;
    let messages: Vec<String> = samples(COUNT).iter().map(Value::to_string).collect();
    let mut random = random(9);
    for join in ["\n", ","] {
        let (postgres, database) = migrated();
        let mut garbled = messages.clone();
        for n in [3, 11, 12, 39] {
            let at = random(messages[n].len() - 2) + 1;
            garbled[n].truncate(at);
        }
        garbled[20] = r#"{"topic": "a.b.c.d", "nothing": "else"}"#.to_owned();
        let mut file = garbled.join(join);
        if join == "," {
            file = format!("[{file}]");
        }
        let ended = import_piped(&database, format!("{file}\n").as_bytes());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let letters = count(postgres, &database, "dead_letters");
        assert!(letters >= 4, "{ended:?}");
        let ids = rows(postgres, &database.name, "SELECT msg_id FROM messages");
        for (n, message) in messages.iter().enumerate() {
            let message: Value = serde_json::from_str(message).expect("JSON");
            let is_there = ids.iter().any(|id| message["id"] == id.as_str());
            assert!(
                is_there || [3, 11, 12, 20, 39].contains(&n),
                "{n}: {ended:?}"
            );
        }
        let kept = rows(
            postgres,
            &database.name,
            "SELECT routing_key, queue, reason, convert_from(body, 'UTF8') FROM dead_letters WHERE routing_key <> ''",
        );
        let expected = format!(
            "a.b.c.d|standard input: line {}, byte ",
            if join == "," { 1 } else { 21 }
        );
        let one = kept
            .iter()
            .find(|letter| letter.starts_with(&expected))
            .expect("its letter");
        assert!(
            one.ends_with(&format!("neither a body nor a msg|{}", garbled[20])),
            "{one}"
        );
        // Another import keeps nothing twice; and letters of an import are no deliveries.
        let ended = import_piped(&database, format!("{file}\n").as_bytes());
        assert_eq!(ended.text(), sums(0, ids.len(), letters), "{ended:?}");
        assert_eq!(count(postgres, &database, "dead_letters"), letters);
        let retried = run(&database.url, &["nommer", "dead-letters", "retry", "--all"]);
        assert_eq!(retried.code, Some(1), "{retried:?}");
        assert_eq!(count(postgres, &database, "messages"), ids.len());
    }
}

#[test]
fn an_import_that_was_killed_is_completed_by_the_next_one() {
    const COUNT: usize = 4000;
    let files = Files::new();
    let file = files.write("record.ndjson", lines(&samples(COUNT)));
    let (postgres, undisturbed) = migrated();
    assert_took(&import(&undisturbed, &file), COUNT, 0, 0);
    let (_, database) = migrated();
    let path = file.display().to_string();
    let mut before = 0;
    for _ in 0..3 {
        let mut process =
            Process::spawn(&command(&database.url, &["nommer", "import", &path])).expect("nommer");
        eventually("it has stored more", PATIENCE, || {
            count(postgres, &database, "messages") > before
        });
        process.kill().expect("killed");
        before = count(postgres, &database, "messages");
    }
    assert!(before < COUNT, "it was killed in the middle");
    let ended = import(&database, &file);
    assert_took(&ended, COUNT - before, before, 0);
    assert!(stored(postgres, &database) == stored(postgres, &undisturbed));
    verify_counters(&database.url);
}

#[test]
fn an_import_takes_the_memory_of_a_few_portions() {
    const COUNT: u32 = 3000;
    let files = Files::new();
    let (postgres, database) = migrated();
    // One line of 60 MB.
    let text = "x".repeat(20_000);
    let message = |n: u32| {
        format!(
            r#"{{"topic": "a.b.c.d", "id": "{n}", "headers": {{"sent-at": "2024-05-01"}}, "body": {{"text": "{text}"}}}}"#
        )
    };
    let array: Vec<String> = (0..COUNT).map(message).collect();
    let file = files.write("large.json", format!("[{}]", array.join(",")));
    let path = file.display().to_string();
    let process =
        Process::spawn(&command(&database.url, &["nommer", "import", &path])).expect("nommer");
    let mut peak = 0;
    eventually("nearly all is stored", PATIENCE, || {
        peak = memory::peak(&process).max(peak);
        count(postgres, &database, "messages") > COUNT as usize * 9 / 10
    });
    assert!((1..96 << 20).contains(&peak), "{peak} bytes of memory");
}
