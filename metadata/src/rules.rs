//! The rules, ready to be asked.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use crate::choice::Choice;
use crate::embedded;
use crate::fault::{Fault, Faults};
use crate::kinds;
use crate::meaning::Subject;
use crate::misfits::Misfits;
use crate::program::Programs;
use crate::reader;
use crate::source::Written;
use crate::topics::Topics;

/// The compiled rules of all applications; to be shared between threads.
pub struct Rules {
    pub(crate) programs: Programs,
    pub(crate) choice: Choice,
    /// Which `[[subjects]]` table messages of a topic belong to.
    pub(crate) subject_topics: Topics,
    /// Which of the `[[sentences]]` is for messages of a topic that have no rule.
    pub(crate) sentence_topics: Topics,
    pub(crate) misfits: Misfits,
}

impl Rules {
    /// The rules that are built into the program.
    pub fn embedded() -> Self {
        Self::compile(embedded_files()).expect("the rules that are built in were tested")
    }

    /// The rules that are built in, and over them those of every `*.toml` file
    /// of a directory, in the order of their names.
    ///
    /// A rule for a schema or topic that has one already takes its place.
    pub fn with_directory(directory: &Path) -> Result<Self, Faults> {
        let mut written = embedded_files();
        let mut faults = Vec::new();
        let unreadable = |error: std::io::Error| Faults(vec![Fault::io(directory, &error)]);
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            files.push(entry.map_err(unreadable)?.path());
        }
        files.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        });
        files.sort();
        for file in files {
            match read_file(&file) {
                Ok(later) => written.extend(later),
                Err(found) => faults.extend(found),
            }
        }
        // Compiling in spite of faults finds the others too.
        match Self::compile(written) {
            Ok(rules) if faults.is_empty() => Ok(rules),
            Ok(_) => Err(Faults(faults)),
            Err(Faults(more)) => Err(Faults(faults.into_iter().chain(more).collect())),
        }
    }

    /// Checks one rule file, without the others.
    pub fn check(file: &Path) -> Result<(), Faults> {
        let written = read_file(file).map_err(Faults)?;
        Self::compile(written).map(|_| ())
    }

    /// The rules in the text of a single file, and no others.
    pub fn parse(file: &str, text: &str) -> Result<Self, Faults> {
        Self::compile(reader::read(file, text).map_err(Faults)?)
    }

    fn compile(written: Written) -> Result<Self, Faults> {
        let choice = Choice::new(&written.rules);
        let subjects = written.subjects.iter();
        let subject_topics = Topics::of(subjects.map(|table| table.topics.as_slice()));
        let sentences = written.sentences.iter();
        let sentence_topics = Topics::of(sentences.map(|table| table.topics.as_slice()));
        let programs = Programs::compile(written).map_err(Faults)?;
        Ok(Self {
            programs,
            choice,
            subject_topics,
            sentence_topics,
            misfits: Misfits::default(),
        })
    }

    /// The subject that somebody writes as `kind:name`, of a kind that the rules tell. Fails with what is
    /// allowed.
    pub fn subject(&self, written: &str) -> Result<Subject, String> {
        let (kind, name) = written.split_once(':').unwrap_or((written, ""));
        if let Some(looks) = kinds::looks(kind).filter(|_| kind != kinds::REPOSITORY) {
            let refused = || format!("{kind}: and {looks}");
            return kinds::subject(kind, name).ok_or_else(refused);
        }
        let tables = &self.programs.written().subjects;
        if kind != kinds::REPOSITORY
            && !name.is_empty()
            && tables.iter().any(|table| table.kinds.contains_key(kind))
        {
            return Ok(Subject {
                kind: Cow::Owned(kind.to_owned()),
                name: name.to_owned(),
            });
        }
        let told = tables.iter().flat_map(|table| table.kinds.keys());
        let mut all: BTreeSet<&str> = told.map(String::as_str).collect();
        for kind in kinds::names() {
            all.insert(kind);
        }
        all.remove(kinds::REPOSITORY);
        let all = Vec::from_iter(all).join(", ");
        Err(format!("kind:name, where the kind is one of {all}"))
    }

    /// How many parts of rules did not fit their messages so far.
    pub fn misfits(&self) -> u64 {
        self.misfits.count()
    }

    /// The topics and patterns of topics whose messages have subjects, without their first three words.
    pub fn subject_topics(&self) -> Vec<&str> {
        let tables = self.programs.written().subjects.iter();
        let topics: BTreeSet<&str> = tables
            .flat_map(|table| &table.topics)
            .map(String::as_str)
            .collect();
        topics.into_iter().collect()
    }

    /// The schemas that have a rule, sorted.
    pub fn schemas(&self) -> Vec<&str> {
        let rules = self.programs.written().rules.iter();
        let mut schemas: Vec<_> = rules
            .flat_map(|rule| &rule.schemas)
            .map(String::as_str)
            .collect();
        schemas.sort_unstable();
        schemas.dedup();
        schemas
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Rules({})", self.programs.written().rules.len())
    }
}

fn embedded_files() -> Written {
    let mut written = Written::default();
    for (file, text) in embedded::FILES {
        match reader::read(file, text) {
            Ok(later) => written.extend(later),
            Err(faults) => panic!("{}", Faults(faults)),
        }
    }
    written
}

fn read_file(file: &Path) -> Result<Written, Vec<Fault>> {
    let text = text(file).map_err(|error| vec![Fault::io(file, &error)])?;
    reader::read(&file.display().to_string(), &text)
}

/// No rules are as large: what has more is another file, or a device without an end.
const MOST_BYTES: u64 = 16 << 20;

fn text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    let opened = fs::File::open(file)?;
    opened.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MOST_BYTES {
        true => Err(io::Error::other("it has more than 16 MiB")),
        false => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::{Meaning, MessageView};

    #[test]
    fn a_message_without_a_rule_speaks_through_its_headers() {
        let message = MessageView {
            topic: "org.example.prod.thing.done",
            headers: r#"{"fedora_messaging_user_zoe":true,"fedora_messaging_user_ann":true}"#,
            body: "{}",
        };
        let meaning = Rules::embedded().meaning(&message);
        assert_eq!(meaning.usernames, ["ann", "zoe"]);
        assert_eq!(meaning.summary, message.topic);
        let filters = Rules::embedded().filters(&message);
        assert_eq!(filters.usernames, meaning.usernames);
        assert_eq!(filters.agent_name, None);
    }

    #[test]
    fn a_subject_is_of_a_kind_that_is_told_and_looks_like_it() {
        let told = "[[subjects]]\ntopics = ['zoo.#']\ncage = 'cage.number'\nrepository = 'source'";
        let rules = Rules::parse("zoo.toml", told).unwrap();
        let read = |text| rules.subject(text).map(|subject| subject.to_string());
        for (text, expected) in [
            ("nvr:zsh-5.9-1.fc50", "nvr:zsh-5.9-1.fc50"),
            ("task:7", "task:7"),
            ("flatpak:zsh-flatpak", "flatpak:zsh"),
            ("cage:a:b", "cage:a:b"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected));
        }
        let kinds = "kind:name, where the kind is one of bug, build, cage, commit, compose, container, copr, \
                     flatpak, module, nvr, package, pr, task, update";
        for text in [
            "zoo:lion",
            "repository:rpms/zsh",
            "",
            "zsh",
            "cage:",
            "cage",
        ] {
            assert_eq!(read(text).unwrap_err(), kinds, "{text}");
        }
        for text in ["task:seven", "build:", "build"] {
            let (kind, _) = text.split_once(':').unwrap_or((text, ""));
            let refused = format!("{kind}: and a number of digits");
            assert_eq!(read(text).unwrap_err(), refused);
        }
        let refused = read("nvr:zsh-5.9").unwrap_err();
        let looks = "nvr: and name-version-release without epoch, such as bash-5.3-1.fc45:";
        assert!(refused.starts_with(looks), "{refused}");
    }

    fn of_the_zoo(rule: &str, body: &str) -> (Meaning, u64) {
        let rules =
            Rules::parse("zoo.toml", &format!("[[rule]]\nschemas = ['zoo']\n{rule}")).unwrap();
        let headers = r#"{"fedora_messaging_schema":"zoo"}"#;
        (
            rules.meaning(&MessageView {
                topic: "t",
                headers,
                body,
            }),
            rules.misfits(),
        )
    }

    #[test]
    fn a_part_that_does_not_fit_gives_nothing_and_is_counted() {
        let rule = "usernames = ['a + 1', 'b']\nsummary = '{{ a + 1 }}'\nurl = 'x/{{ c }}'";
        let (meaning, misfits) = of_the_zoo(rule, r#"{"a":"x","b":"bob"}"#);
        assert_eq!(
            (meaning.usernames.as_slice(), meaning.summary.as_str()),
            (&["bob".to_owned()][..], "t")
        );
        assert_eq!(
            (meaning.url, misfits),
            (None, 2),
            "nothing is missing where a member is"
        );
    }

    #[test]
    fn no_rule_runs_for_long() {
        let rule =
            "summary = '{% for a in list %}{% for b in list %}{{ a }}{% endfor %}{% endfor %}'";
        let body = format!(r#"{{"list":[{}1]}}"#, "1,".repeat(999));
        let (meaning, misfits) = of_the_zoo(rule, &body);
        assert_eq!((meaning.summary.as_str(), misfits), ("t", 1));
    }
}
