//! Requests from access logs.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::programs::{Grepper, clean};
use crate::support::sample_archive::fresh;

const LOG: &str = r#"
192.0.2.7 - - [25/Nov/2026:03:12:01 +0000] "GET /datagrepper/raw?category=bodhi&delta=300 HTTP/1.1" 200 5123 "-" "curl/8"
192.0.2.7 - - [25/Nov/2026:03:12:02 +0000] "GET /datagrepper/raw?category=bodhi&delta=300 HTTP/1.1" 200 5123 "-" "curl/8"
192.0.2.7 - - [25/Nov/2026:03:12:03 +0000] "POST /datagrepper/raw HTTP/1.1" 405 1 "-" "curl/8"
192.0.2.7 - - [25/Nov/2026:03:12:04 +0000] "GET /datagrepper/static/x.css HTTP/1.1" 404 1 "-" "curl/8"
192.0.2.7 - - [25/Nov/2026:03:12:04 +0000] "GET /wiki/ HTTP/1.1" 404 1 "-" "curl/8"
2026-11-25T03:12:01+00:00 router haproxy[33]: 192.0.2.7:43210 [25/Nov/2026:03:12:01.456] fe_sni~ be_edge_http:d:d/pod 0/0/1/312/313 200 5123 - - --VN 5/5/0/0/0 0/0 "GET /datagrepper/messagecount HTTP/1.1"
192.0.2.8 - - [25/Nov/2026:03:12:05 +0000] "GET /datagrepper/raw?page=7 HTTP/1.1" 200 5123 "-" "grepper-diff/0.1.0"
192.0.2.8 - - [25/Nov/2026:03:12:06 +0000] "GET /datagrepper/raw?page=8 HTTP/1.1" 200 5123 "-" "nommer/0.1.0"
"#;

#[test]
fn access_logs_are_read_plain_and_compressed() {
    let database = fresh(50);
    let [old, new] = [(); 2].map(|()| Grepper::start(&database.url, &["--base-path", "/d"]));
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(LOG.trim_start().as_bytes()).expect("packed");
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("access.log"), LOG.trim_start()).expect("written");
    std::fs::write(file("access.log.1.gz"), gzip.finish().expect("packed")).expect("written");
    let run = |arguments: &[&str]| {
        let output = clean("grepper-diff")
            .current_dir(folder.path())
            .args([
                "--old",
                &format!("{}/d", old.authority),
                "--new",
                &format!("{}/d/", new.authority),
            ])
            .args([
                "--rate",
                "100",
                "--log",
                "access.log",
                "--log",
                "access.log.1.gz",
            ])
            .args(arguments)
            .output()
            .expect("grepper-diff");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, text) = run(&["--markdown", "report.md"]);
    assert_eq!(code, Some(0), "{text}");
    for line in [
        "16 lines read: 2 different requests.",
        "Left alone: 4 requests of grepper-diff and nommer themselves.",
        "Left alone: 2 requests that are neither GET nor HEAD.",
        "Left alone: 4 requests for other paths or assets.",
        "In the log, the service is at /datagrepper.",
        "1 requests count back from now",
        "       2  equal",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let markdown = std::fs::read_to_string(file("report.md")).expect("a report");
    assert!(markdown.contains("| 2 | equal |"), "{markdown}");
    let (code, text) = run(&["--repeat", "--sample", "5"]);
    assert_eq!((code, text.contains("5  equal")), (Some(0), true), "{text}");
    // The service is nowhere in these paths.
    assert_eq!(run(&["--prefix", "/elsewhere"]).0, Some(2));
}
