//! Rules of one's own, over those that are built in.

use std::fs;

use metadata::{MessageView, Rules};

fn message(schema: &str) -> (String, &'static str) {
    (
        format!(r#"{{"fedora_messaging_schema": "{schema}"}}"#),
        r#"{"keeper": "ann", "title": "Lions", "user": "bob"}"#,
    )
}

#[test]
fn a_directory_extends_and_overrides() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("zoo.toml"),
        "[common]\napp_name = 'Zoo'\n[[rule]]\nschemas = ['zoo.fed.v1']\nagent_name = 'keeper'\nusernames = 'keeper'\n\
         [[rule]]\nschemas = ['wiki.article.edit.v1']\nsummary = 'Read {{ title }}'\n",
    )
    .unwrap();
    fs::write(folder.path().join("README"), "not a rule file").unwrap();
    let rules = Rules::with_directory(folder.path()).unwrap();
    let (headers, body) = message("zoo.fed.v1");
    let new = rules.meaning(&MessageView {
        topic: "t",
        headers: &headers,
        body,
    });
    assert_eq!(
        (new.app_name.as_deref(), new.agent_name.as_deref()),
        (Some("Zoo"), Some("ann"))
    );
    assert_eq!(
        (new.usernames.as_slice(), new.summary.as_str()),
        (&["ann".to_owned()][..], "t")
    );
    let (headers, body) = message("wiki.article.edit.v1");
    let other = rules.meaning(&MessageView {
        topic: "t",
        headers: &headers,
        body,
    });
    assert_eq!(
        (other.summary.as_str(), other.agent_name),
        ("Read Lions", None)
    );
    assert!(rules.schemas().len() > Rules::embedded().schemas().len());
}

#[test]
fn mistakes_are_named_with_file_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("zoo.toml");
    for (text, line, reason) in [
        (
            "[[rule]]\nschemas = ['a']\nsummary = '{{ name | shout if x == 1 }}'\n",
            3,
            "no function `shout`",
        ),
        (
            "[[rule]]\nschemas = ['a']\nusernames = [\n'a',\n'a b',\n]\n",
            5,
            "syntax error",
        ),
        (
            "[[rule]]\nschemas = ['a']\nsummary = '''\nx\n{% if x %}y'''\n",
            5,
            "syntax error",
        ),
        (
            "[[rule]]\nschemas = ['a']\nurl = '{{ x | replace(1) }}'\n",
            3,
            "missing argument",
        ),
        (
            "[[rule]]\nschemas = ['a']\nsumary = 'x'\n",
            3,
            "there is no property `sumary`",
        ),
        (
            "[[rule]]\nschemas = ['a']\n[[rule]]\nschemas = ['a']\n",
            3,
            "already has a rule",
        ),
        ("[[rule]]\nschemas = 'a\n", 2, ""),
    ] {
        fs::write(&file, text).unwrap();
        let faults = Rules::check(&file).unwrap_err().0;
        let [fault] = faults.as_slice() else {
            panic!("{text}: {faults:?}")
        };
        assert_eq!(fault.line, line, "{text}: {fault}");
        assert!(fault.reason.contains(reason), "{text}: {fault}");
        assert!(
            fault
                .to_string()
                .starts_with(&format!("{}:{line}: ", file.display())),
            "{fault}"
        );
        let all = Rules::with_directory(folder.path()).unwrap_err();
        assert_eq!(all.0, faults, "{text}");
    }
    fs::remove_file(&file).unwrap();
    assert_eq!(Rules::check(&file).unwrap_err().0[0].line, 0);
    assert!(Rules::with_directory(&folder.path().join("nowhere")).is_err());
    assert!(Rules::with_directory(folder.path()).is_ok());
}

/// The text between the fences of the n-th code block of a language.
fn block<'a>(page: &'a str, language: &str, n: usize) -> &'a str {
    let start = page
        .match_indices(&format!("```{language}\n"))
        .nth(n)
        .expect("the block is there")
        .0;
    let text = &page[start..].split_once('\n').expect("a line ends").1;
    text.split_once("```").expect("the block ends").0
}

#[test]
fn the_documented_example_works() {
    let page = include_str!("../../docs/rules.md");
    let rules = Rules::parse("zoo.toml", block(page, "toml", 0)).unwrap();
    let trial = rules.try_line(block(page, "json", 1)).unwrap();
    assert_eq!((trial.compared.len(), trial.differences), (2, vec![]));
    let headers = r#"{"fedora_messaging_schema": "zoo.lion.fed.v1"}"#;
    let message = MessageView {
        topic: "t",
        headers,
        body: block(page, "json", 0),
    };
    let meaning = rules.meaning(&message);
    assert_eq!(meaning.usernames, ["ann", "bob"]);
    assert_eq!(meaning.packages, ["meat-pie"]);
    assert_eq!(
        meaning.text.unwrap(),
        "ann fed the lions 12 kilos\n\nAgent: ann\nUsers: ann, bob\nPackages: meat-pie\nLink: https://zoo.example/meals/7"
    );
}

#[test]
fn the_documented_subjects_are_told() {
    let page = include_str!("../../docs/rules.md");
    let rules = Rules::parse("zoo.toml", block(page, "toml", 1)).unwrap();
    let trial = rules.try_line(block(page, "json", 2)).unwrap();
    assert_eq!((trial.subjects.len(), trial.differences), (5, vec![]));
}
