//! Sites that ask who asks: passwords are sent and shown nowhere.

use crate::support::programs::{Grepper, clean};
use crate::support::sample_archive::fresh;

/// What is written and said of two services that differ, with `--old` at this address, and how it ended.
fn told(old: &str, new: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    std::fs::write(file("list"), "/raw?rows_per_page=100\n").expect("written");
    let output = clean("grepper-diff")
        .current_dir(folder.path())
        .args(["--old", old, "--new", new, "--rate", "1000"])
        .args(["--requests", "list"])
        .args(["--json", "report.json", "--markdown", "report.md"])
        .output()
        .expect("grepper-diff");
    let mut text = String::from_utf8([output.stdout, output.stderr].concat()).expect("a text");
    for name in ["report.json", "report.md"] {
        text += &std::fs::read_to_string(file(name)).unwrap_or_default();
    }
    (output.status.code(), text)
}

#[test]
fn a_password_in_an_address_is_shown_nowhere() {
    let database = fresh(50);
    let old = Grepper::start(&database.url, &[]);
    let new = Grepper::start(&database.url, &["--max-rows-per-page", "50"]);
    let host = old.authority.strip_prefix("http://").expect("a host");
    let (code, text) = told(&format!("http://adm:geheim1@{host}"), &new.authority);
    assert_eq!(code, Some(1), "{text}");
    assert!(!text.contains("geheim1"), "{text}");
    // On the terminal and in both files: where it is, what shows the difference, and what that needs.
    for words in [
        format!("http://***@{host}"),
        format!("'http://{host}/raw?"),
        "curl asks the old service without the user and the password of its address: add -u"
            .to_owned(),
    ] {
        assert_eq!(text.matches(&words).count(), 3, "{words}: {text}");
    }
}

#[test]
fn a_password_is_shown_in_no_error() {
    let nobody = "http://127.0.0.1:1";
    for (old, said) in [
        (
            "http://adm:geheim1@127.0.0.1:1/d",
            "http://***@127.0.0.1:1/d does not answer",
        ),
        (
            "http://adm:geheim1@127.0.0.1:1/d?x",
            "http://***@127.0.0.1:1/d?x",
        ),
        ("adm:geheim1@127.0.0.1:1", "***@127.0.0.1:1"),
        (
            "http://adm:geh/eim1@127.0.0.1:1/d",
            "http://***@127.0.0.1:1/d",
        ),
        (
            "http://adm:geh eim1@127.0.0.1:1/d",
            "http://***@127.0.0.1:1/d",
        ),
    ] {
        let (code, text) = told(old, nobody);
        assert_eq!(code, Some(2), "{text}");
        assert!(
            !text.contains("eim1") && text.contains(said),
            "{old}: {text}"
        );
    }
}
