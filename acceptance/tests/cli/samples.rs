//! What the pages of the programs show of settings and of the log: the file is one that grepper takes, and each line of
//! the log is there.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::support::http::request;
use crate::support::programs::{Grepper, clean};

const PAGE: &str = include_str!("../../../docs/grepper.md");
const NOMMER_PAGE: &str = include_str!("../../../docs/nommer.md");

#[test]
fn grepper_takes_the_file_that_its_page_shows() {
    let (_, rest) = PAGE.split_once("```toml\n").expect("a sample");
    let (sample, _) = rest.split_once("```").expect("its end");
    let mut file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(sample.as_bytes()).expect("written");
    let path = file.path().to_str().expect("a path");
    let grepper = Grepper::start("postgres://127.0.0.1:1/none", &["--config", path]);

    let url = format!("{}/datagrepper/healthz/live", grepper.authority);
    let allowed = |origin| {
        let answer = request("GET", &url, &[("Origin", origin)]);
        assert_eq!(answer.status, 200);
        answer.header("access-control-allow-origin").is_some()
    };
    assert!(allowed("https://a.example.org"));
    assert!(!allowed("https://a.example.com"));
}

#[test]
fn nommer_accepts_the_queues_of_the_pages() {
    let pages = [
        NOMMER_PAGE,
        include_str!("../../../docs/operating.md"),
        include_str!("../../../docs/switching.md"),
    ];
    let blocks = pages
        .into_iter()
        .flat_map(|page| page.split("```toml\n").skip(1));
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let blocks: Vec<&str> = blocks.filter(|block| block.contains("[queues.")).collect();
    assert!(blocks.len() >= 4, "{blocks:?}");
    for block in blocks {
        let mut file = tempfile::NamedTempFile::with_suffix(".toml").expect("a file");
        file.write_all(block.as_bytes()).expect("written");
        let mut check = clean("nommer");
        let output = check
            .args(["check-config", "-c"])
            .arg(file.path())
            .env("DATABASE_URL", "postgresql://nommer@localhost/messages")
            .output()
            .expect("nommer");
        let told = String::from_utf8_lossy(&output.stderr);
        // Certificates are only on the machine that the page is for.
        let is_right = output.status.success() || told.contains("No such file or directory");
        assert!(is_right, "{told}\n{block}");
    }
}

/// Files of libraries with lines of grepper's log.
const OF_GREPPER: [&str; 6] = [
    "archive/src/database/connection.rs",
    "archive/src/database/watch.rs",
    "metadata/src/current.rs",
    "metadata/src/misfits.rs",
    "service/src/log.rs",
    "service/src/stop.rs",
];

/// Folders of libraries with lines of nommer's log.
const OF_NOMMER: [&str; 4] = ["archive/src", "metadata/src", "monitor/src", "service/src"];

/// Only who reads from replicas looks at them.
const OF_GREPPER_ALONE: &str = "archive/src/database/checks.rs";

/// The texts of all that a file tells operators, up to a mark or a value in them.
fn told_in(file: &Path) -> Vec<String> {
    let source = std::fs::read_to_string(file).expect("a file");
    let events = source.split("tracing::").skip(1).filter(|event| {
        let levels = ["info!(", "warn!(", "error!("];
        levels.iter().any(|level| event.starts_with(level))
    });
    let texts = events.filter_map(|event| {
        let (event, _) = event.split_once(");")?;
        let (before, _) = event.rsplit_once('"')?;
        let (_, text) = before.rsplit_once('"')?;
        let text = text.split([':', ',', ';', '{']).next()?;
        Some(text.trim_end().to_owned())
    });
    texts.filter(|text| !text.is_empty()).collect()
}

/// All files at `place`, a file or a folder.
fn files(place: PathBuf) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place];
    }
    let entries = std::fs::read_dir(place).expect("a folder");
    let places = entries.map(|entry| entry.expect("an entry").path());
    places.flat_map(files).collect()
}

#[test]
fn every_line_of_the_log_is_on_the_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    for (page, program, others) in [
        (PAGE, "grepper/src", &OF_GREPPER[..]),
        (NOMMER_PAGE, "nommer/src", &OF_NOMMER),
    ] {
        let places = [&[program], others].concat();
        let files = places.into_iter().flat_map(|place| files(root.join(place)));
        let files =
            files.filter(|file| program != "nommer/src" || !file.ends_with(OF_GREPPER_ALONE));
        let told: Vec<String> = files.flat_map(|file| told_in(&file)).collect();
        assert!(told.len() > 15, "{told:?}");
        let missing: Vec<_> = told
            .iter()
            .filter(|text| !page.contains(&format!("`{text}")))
            .collect();
        assert!(missing.is_empty(), "{program}: {missing:?}");
    }
}
