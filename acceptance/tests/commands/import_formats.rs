//! Each format that is imported, cut off, garbled, and imported by a command that is interrupted.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use devstack::Database;
use serde_json::json;

use crate::chance::{random, seed};
use crate::moved::{self, Files, assert_took, count, import, import_piped, lines, samples, stored};
use crate::support::programs::{Grepper, clean};
use crate::support::{eventually, rows};
use crate::typed::{migrated, run, said};

const PATIENCE: Duration = Duration::from_secs(300);
const COUNT: usize = 240;
/// Messages on a page of answers.
const PAGE: usize = 8;
/// So many messages are stored at once.
const PORTION: usize = 20;

/// A file of messages.
struct Form {
    name: &'static str,
    /// Its objects, and how many messages one has.
    objects: Vec<String>,
    each: usize,
    is_array: bool,
    /// The rows that are made of it.
    rows: Vec<String>,
}

impl Form {
    fn new(name: &'static str, objects: Vec<String>) -> Self {
        Self {
            name,
            objects,
            each: 1,
            is_array: false,
            rows: Vec::new(),
        }
    }

    /// With what becomes of it in an archive.
    fn imported(mut self) -> Self {
        let (postgres, database) = migrated();
        let ended = import_piped(&database, self.text().as_bytes());
        assert_took(&ended, COUNT, 0, 0);
        self.rows = stored(postgres, &database);
        self
    }

    fn text(&self) -> String {
        self.joined(&self.objects)
    }

    fn joined(&self, objects: &[String]) -> String {
        match self.is_array {
            true => format!("[{}]\n", objects.join(",")),
            false => objects.iter().map(|object| format!("{object}\n")).collect(),
        }
    }
}

/// The formats of `docs/nommer.md`.
static FORMS: LazyLock<Vec<Form>> =
    LazyLock::new(|| forms().into_iter().map(Form::imported).collect());

fn forms() -> Vec<Form> {
    let (_, source) = migrated();
    let record = lines(&samples(COUNT));
    assert_took(&import_piped(&source, record.as_bytes()), COUNT, 0, 0);
    let objects = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let dump = objects(&said(
        &source.url,
        &["nommer", "dump", "--format", "ndjson"],
    ));
    let zeromq = (0..COUNT).map(|n| {
        json!({"topic": "org.fedoraproject.prod.git.push", "msg": {"n": n, "text": "x".repeat(1500)}, "i": n, "timestamp": 1_400_000_000 + n,
               "msg_id": format!("2014-{n}"), "username": "apache", "crypto": "x509"})
        .to_string()
    });
    let grepper = Grepper::start(&source.url, &[]);
    let pages = |path: &str| -> Vec<String> {
        let page = |number| {
            let asked = format!("{path}?rows_per_page={PAGE}&order=asc&page={number}");
            let answer = grepper.get(&asked);
            assert_eq!(answer.status, 200, "{}", answer.body);
            // Some answers end with a line.
            answer.body.trim_end().to_owned()
        };
        (1..=COUNT / PAGE).map(page).collect()
    };
    let paged = |name, path| Form {
        each: PAGE,
        ..Form::new(name, pages(path))
    };
    vec![
        Form {
            is_array: true,
            ..Form::new("an array", dump.clone())
        },
        Form::new("a dump by lines", dump),
        Form::new("a record", objects(&record)),
        Form::new("messages of ZeroMQ", zeromq.collect()),
        paged("pages of /v2", "/v2/search"),
        paged("pages of /raw", "/raw"),
    ]
}

#[test]
fn each_format_is_stored_up_to_a_cut_and_completed_by_the_whole_file() {
    let seed = seed();
    println!("AUDIT_SEED={seed}");
    let mut random = random(seed);
    let files = Files::new();
    for form in FORMS.iter() {
        let (postgres, database) = migrated();
        let text = form.text();
        let mut cuts: Vec<usize> = (0..6).map(|_| 1 + random(text.len() - 2)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let ended = import(&database, &files.write("cut", &text.as_bytes()[..cut]));
            let mut at = 0;
            let ends = form.objects.iter().map(|object| {
                at += text[at..].find(object.as_str()).expect("it is there") + object.len();
                at
            });
            let ends: BTreeSet<usize> = ends.collect();
            let told = form.each * ends.range(..=cut).count();
            let name = form.name;
            assert_eq!(
                count(postgres, &database, "messages"),
                told,
                "{name}, {cut}: {ended:?}"
            );
            // A cut between two lines shows nowhere.
            let shows = form.is_array || !(text[..cut].ends_with('\n') || ends.contains(&cut));
            assert_eq!(
                ended.code,
                Some(i32::from(shows)),
                "{name}, {cut}: {ended:?}"
            );
            assert_eq!(
                ended.stderr.contains(&format!(", byte {cut}: ")),
                shows,
                "{ended:?}"
            );
        }
        assert_eq!(
            count(postgres, &database, "dead_letters"),
            0,
            "{}",
            form.name
        );
        assert_eq!(import_piped(&database, text.as_bytes()).code, Some(0));
        assert!(
            stored(postgres, &database) == form.rows,
            "{}, seed {seed}",
            form.name
        );
    }
}

#[test]
fn what_is_garbled_of_each_format_is_put_aside_and_the_rest_is_stored() {
    let seed = seed();
    println!("AUDIT_SEED={seed}");
    let mut random = random(seed);
    for form in FORMS.iter() {
        let (postgres, database) = migrated();
        let mut garbled = form.objects.clone();
        let hit: BTreeSet<usize> = (0..3).map(|_| random(garbled.len())).collect();
        for n in &hit {
            let at = 1 + random(garbled[*n].len() - 2);
            // It is no JSON any more, wherever that is, and begins and ends as before.
            garbled[*n].replace_range(0..1, "{\u{1}");
            let at = (at..)
                .find(|at| garbled[*n].is_char_boundary(*at))
                .expect("its end");
            garbled[*n].insert(at, '\u{1}');
        }
        let ended = import_piped(&database, form.joined(&garbled).as_bytes());
        let name = form.name;
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
        assert!(ended.stderr.contains(": put aside: "), "{name}: {ended:?}");
        let there = stored(postgres, &database);
        let lost = form.each * hit.len();
        // What stands behind a fault in an array or a page may be a message, and not before it.
        assert!(
            (COUNT - lost..=COUNT).contains(&there.len()),
            "{name}, seed {seed}: {ended:?}"
        );
        let strange = there.iter().filter(|row| !form.rows.contains(*row)).count();
        assert_eq!(strange, 0, "{name}, seed {seed}: {ended:?}");
        let kept = rows(
            postgres,
            &database.name,
            "SELECT sum(length(body)) FROM dead_letters",
        );
        assert_ne!(kept, ["0"], "{name}");
    }
}

/// An import by small portions from a pipe that does not end, which has this text so far.
fn piped(database: &Database, settings: &Path, text: &str) -> Child {
    let mut child = clean("nommer")
        .arg("--config")
        .arg(settings)
        .arg("import")
        .env("DATABASE_URL", &database.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let stdin = child.stdin.as_mut().expect("a pipe");
    stdin.write_all(text.as_bytes()).expect("written");
    child
}

#[test]
fn an_import_of_each_format_that_is_interrupted_goes_on_where_it_says() {
    let files = Files::new();
    let settings = format!("[consumer_config]\nbatch_size = {PORTION}\n");
    let settings = files.write("nommer.toml", settings);
    for (form, signal) in FORMS.iter().zip(["-TERM", "-INT"].iter().cycle()) {
        let name = form.name;
        let (postgres, database) = migrated();
        let text = form.text();
        let half = text.floor_char_boundary(text.len() * 2 / 3);
        let mut child = piped(&database, &settings, &text[..half]);
        let pipe = child.stdin.take();
        eventually("portions are stored", PATIENCE, || {
            count(postgres, &database, "messages") >= 2 * PORTION
        });
        let sent = Command::new("kill")
            .args([signal, child.id().to_string().as_str()])
            .status();
        assert!(sent.expect("kill").success());
        let output = child
            .wait_with_output()
            .expect("it ends while its pipe is open");
        drop(pipe);
        let [sums, said] =
            [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        let there = count(postgres, &database, "messages");
        assert_eq!(there % PORTION, 0, "{name}");
        assert_eq!(
            sums.trim_end(),
            moved::sums(there, 0, 0).trim_end(),
            "{name}"
        );
        for part in [
            format!("{there} messages read; to go on from here: --skip {there}\n"),
            "stopped before the end".to_owned(),
        ] {
            assert!(said.contains(&part), "{name}: {part}: {said}");
        }
        let path = files.write("whole", &text).display().to_string();
        let skip = there.to_string();
        let ended = run(&database.url, &["nommer", "import", &path, "--skip", &skip]);
        assert_took(&ended, COUNT - there, 0, 0);
        assert!(stored(postgres, &database) == form.rows, "{name}");
    }
}

#[test]
fn a_page_of_thousands_is_stored_in_portions() {
    let (postgres, database) = migrated();
    let page = json!({"raw_messages": samples(3000), "total": 3000}).to_string();
    assert_took(&import_piped(&database, page.as_bytes()), 3000, 0, 0);
    // Of 500 each, as is the default.
    let transactions = "SELECT count(DISTINCT xmin::text) FROM messages";
    assert_eq!(rows(postgres, &database.name, transactions), ["6"]);
}
