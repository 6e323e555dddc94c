//! The manual pages and completions that packages bring: of all commands, and as their readers want them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use acceptance::program;
use tempfile::TempDir;

use crate::transcript::folder;

fn written() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let output = program("manual")
        .expect("built")
        .arg(folder.path())
        .output();
    let output = output.expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    folder
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_command_has_a_page_with_all_its_options() {
    let manual = written();
    let (old, ours): (BTreeSet<String>, BTreeSet<String>) = names(&manual.path().join("man1"))
        .into_iter()
        .partition(|page| page.starts_with("datanommer-"));
    let mut expected = BTreeSet::new();
    for file in names(&folder()) {
        let Some(name) = file
            .strip_prefix("help-")
            .and_then(|name| name.strip_suffix(".txt"))
        else {
            continue;
        };
        let page = format!("{name}.1");
        let path = manual.path().join("man1").join(&page);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{page} is missing"));
        let text = text.replace('\\', "");
        let help = std::fs::read_to_string(folder().join(&file)).expect("recorded");
        for word in help
            .split_whitespace()
            .filter(|word| word.starts_with("--"))
        {
            let option =
                word.trim_matches(|letter: char| letter != '-' && !letter.is_alphanumeric());
            assert!(text.contains(option), "{page} says nothing of {option}");
        }
        expected.insert(page);
    }
    assert_eq!(ours, expected);
    assert_eq!(old.len(), 6, "{old:?}");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nommer/Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).expect("a manifest");
    for page in old {
        let name = page.trim_end_matches(".1");
        let link = format!("{{ dest = \"usr/bin/{name}\", link_name = \"nommer\" }}");
        assert!(manifest.contains(&link), "no package has {name}");
        let text = std::fs::read_to_string(manual.path().join("man1").join(&page)).expect("a page");
        let target = text
            .trim_end()
            .strip_prefix(".so ")
            .expect("it leads to another page");
        assert!(
            manual.path().join(target).is_file(),
            "{page} leads to {target}"
        );
    }
}

#[test]
fn pages_render_without_warnings() {
    let manual = written();
    for page in names(&manual.path().join("man1")) {
        let rendered = Command::new("man")
            .args(["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"])
            .arg(format!("man1/{page}"))
            .env("LC_ALL", "C.UTF-8")
            .env("MANWIDTH", "80")
            .current_dir(manual.path())
            .output();
        let Ok(rendered) = rendered else {
            println!("SKIPPED: no man, so no page was rendered");
            return;
        };
        let told = String::from_utf8_lossy(&rendered.stderr);
        assert!(
            rendered.status.success() && told.is_empty(),
            "{page}: {told}"
        );
        assert!(!rendered.stdout.is_empty(), "{page} is empty");
    }
}

#[test]
fn shells_take_the_completions_and_know_every_command() {
    let manual = written();
    let help = std::fs::read_to_string(folder().join("help-nommer.txt")).expect("recorded");
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for (file, shell) in [
        ("bash/nommer.bash", "bash"),
        ("zsh/_nommer", "zsh"),
        ("fish/nommer.fish", "fish"),
    ] {
        let path = manual.path().join(file);
        let text = std::fs::read_to_string(&path).expect("a file");
        for command in &commands {
            assert!(text.contains(command), "{file} lacks {command}");
        }
        match Command::new(shell).arg("-n").arg(&path).output() {
            Ok(parsed) => assert!(parsed.status.success(), "{file}: {parsed:?}"),
            Err(_) => println!("SKIPPED: no {shell}, so {file} was not parsed"),
        }
    }
}
