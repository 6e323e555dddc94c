//! Reading rule files.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::Fault;
use crate::shorthand::Shorthand;
use crate::source::{Part, Snippet, Source, SubjectSource, Written};

/// Reads the text of a rule file.
pub(crate) fn read(file: &str, text: &str) -> Result<Written, Vec<Fault>> {
    let mut reader = Reader {
        file,
        text,
        shorthand: Shorthand::default(),
        faults: Vec::new(),
    };
    let written = reader.file();
    if reader.faults.is_empty() {
        Ok(written)
    } else {
        Err(reader.faults)
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    shorthand: Shorthand,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|&b| b == b'\n').count()
    }

    fn fault(&mut self, at: usize, reason: impl Into<String>) {
        let line = self.line(at);
        self.faults.push(Fault::new(self.file, line, reason));
    }

    fn file(&mut self) -> Written {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.fault(error.span().map_or(0, |span| span.start), error.message());
        }
        if let Some(named) = document.get_ref().get("let") {
            self.names(named);
        }
        let mut common = Source::default();
        let mut written = Written::default();
        for (key, value) in document.get_ref() {
            let at = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("let", _) => {}
                ("common", DeValue::Table(table)) => common = self.rule(at, table),
                ("rule", DeValue::Array(tables)) => {
                    for (at, table) in self.tables("rule", tables) {
                        written.rules.push(self.rule(at, table));
                    }
                }
                ("subjects", DeValue::Array(tables)) => {
                    for (at, table) in self.tables("subjects", tables) {
                        written.subjects.push(self.subjects(at, table));
                    }
                }
                ("sentences", DeValue::Array(tables)) => {
                    for (at, table) in self.tables("sentences", tables) {
                        written.sentences.push(self.sentence(at, table));
                    }
                }
                (key, _) => {
                    let known =
                        "[let] nor [common] nor [[rule]] nor [[subjects]] nor [[sentences]]";
                    self.fault(at, format!("`{key}` is neither {known}"));
                }
            }
        }
        self.find_mistakes(&written);
        for rule in &mut written.rules {
            rule.complete(&common);
        }
        written
    }

    /// The items of a list that are tables, and where they start; an item that is none is a fault.
    fn tables<'t>(
        &mut self,
        name: &str,
        tables: &'t [Spanned<DeValue<'t>>],
    ) -> Vec<(usize, &'t DeTable<'t>)> {
        let mut found = Vec::new();
        for table in tables {
            let at = table.span().start;
            match table.get_ref() {
                DeValue::Table(fields) => found.push((at, fields)),
                _ => self.fault(at, format!("`{name}` is made of tables: [[{name}]]")),
            }
        }
        found
    }

    /// Notes tables that are for no message, and schemas and topics that two of them are for.
    fn find_mistakes(&mut self, written: &Written) {
        let mut known = BTreeSet::new();
        for rule in &written.rules {
            let names = rule.schemas.iter().chain(&rule.topics);
            let needs = "a rule needs `schemas` or `topics`";
            self.find_repeats(rule.line, ("rule", needs), names, &mut known);
        }
        let mut known = BTreeSet::new();
        for table in &written.subjects {
            let needs = "[[subjects]] needs `topics`";
            self.find_repeats(
                table.line,
                ("[[subjects]]", needs),
                table.topics.iter(),
                &mut known,
            );
        }
        let mut known = BTreeSet::new();
        for table in &written.sentences {
            let needs = "[[sentences]] needs `topics`";
            let (line, topics) = (table.line, table.topics.iter());
            self.find_repeats(line, ("[[sentences]]", needs), topics, &mut known);
        }
    }

    /// Notes what of `names` is known already, or that there are none.
    fn find_repeats<'n>(
        &mut self,
        line: usize,
        (table, needs): (&str, &str),
        names: impl Iterator<Item = &'n String>,
        known: &mut BTreeSet<&'n str>,
    ) {
        let mut nameless = true;
        for name in names {
            nameless = false;
            if !known.insert(name) {
                let reason = format!("`{name}` already has a {table} in this file");
                self.faults.push(Fault::new(self.file, line, reason));
            }
        }
        if nameless {
            self.faults.push(Fault::new(self.file, line, needs));
        }
    }

    /// The `[let]` table: names for expressions.
    fn names(&mut self, table: &Spanned<DeValue>) {
        let DeValue::Table(named) = table.get_ref() else {
            return self.fault(table.span().start, "`let` is a table: [let]");
        };
        for (name, value) in named {
            let (name, at) = (name.get_ref(), name.span().start);
            match value.get_ref().as_str() {
                Some(text) => self.shorthand.insert(name, text),
                None => self.fault(at, format!("`{name}` must be a text")),
            }
        }
    }

    fn rule(&mut self, at: usize, table: &DeTable) -> Source {
        let mut rule = Source {
            file: self.file.to_owned(),
            line: self.line(at),
            ..Source::default()
        };
        for (key, value) in table {
            let key_at = key.span().start;
            let key = key.get_ref().as_ref();
            let Some(snippets) = self.snippets(key_at, key, value) else {
                continue;
            };
            match (key, Part::of_key(key)) {
                ("schemas", _) => rule.schemas = texts(&snippets),
                ("topics", _) => rule.topics = texts(&snippets),
                ("without_mail", _) => rule.without_mail = texts(&snippets),
                ("unwrap", _) => rule.unwrap = texts(&snippets).pop(),
                (_, Some(part)) => {
                    if !Part::NAMES.contains(&part) && matches!(value.get_ref(), DeValue::Array(_))
                    {
                        self.fault(key_at, format!("`{key}` is one text, not a list"));
                    }
                    rule.parts.insert(part, snippets);
                }
                (_, None) => self.fault(key_at, format!("there is no property `{key}`")),
            }
        }
        rule
    }

    /// A `[[sentences]]` table: a summary for topics.
    fn sentence(&mut self, at: usize, table: &DeTable) -> Source {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if !matches!(name, "topics" | "summary") {
                let reason = format!("[[sentences]] have `topics` and `summary`, and no `{name}`");
                self.fault(key.span().start, reason);
            }
        }
        self.rule(at, table)
    }

    /// A `[[subjects]]` table: every key but `topics` is a kind.
    fn subjects(&mut self, at: usize, table: &DeTable) -> SubjectSource {
        let mut subjects = SubjectSource {
            file: self.file.to_owned(),
            line: self.line(at),
            ..SubjectSource::default()
        };
        for (key, value) in table {
            let key_at = key.span().start;
            let key = key.get_ref().as_ref();
            let Some(snippets) = self.snippets(key_at, key, value) else {
                continue;
            };
            match key {
                "topics" => subjects.topics = texts(&snippets),
                // Too many publishers of today name no schema, or the wrong one.
                "schemas" => self.fault(key_at, "[[subjects]] are chosen by `topics` alone"),
                kind if is_kind(kind) => drop(subjects.kinds.insert(kind.to_owned(), snippets)),
                kind => {
                    let allowed = "small letters, digits, `-` and `_`, a letter first";
                    self.fault(key_at, format!("`{kind}` is no kind of subject: {allowed}"));
                }
            }
        }
        subjects
    }

    /// The value of a key, with names replaced; what is neither a text nor a list of texts is a fault.
    fn snippets(
        &mut self,
        key_at: usize,
        key: &str,
        value: &Spanned<DeValue>,
    ) -> Option<Vec<Snippet>> {
        let Some(mut snippets) = self.plain_snippets(value) else {
            self.fault(key_at, format!("`{key}` must be a text or a list of texts"));
            return None;
        };
        for snippet in &mut snippets {
            match self.shorthand.expand(&snippet.text) {
                Ok(text) => snippet.text = text,
                Err(reason) => self.fault(value.span().start, reason),
            }
        }
        Some(snippets)
    }

    /// A text or a list of texts; an empty text stands for nothing.
    fn plain_snippets(&self, value: &Spanned<DeValue>) -> Option<Vec<Snippet>> {
        let one = |value: &Spanned<DeValue>| {
            let text = value.get_ref().as_str()?.trim().to_owned();
            // A long text starts on the line after its quotes.
            let written = self.text[value.span()].trim_start_matches(['"', '\'']);
            let start = value.span().end - written.trim_start().len();
            Some(Snippet {
                text,
                line: self.line(start),
            })
        };
        let mut snippets = match value.get_ref() {
            DeValue::Array(items) => items.iter().map(one).collect::<Option<Vec<_>>>()?,
            _ => vec![one(value)?],
        };
        snippets.retain(|snippet| !snippet.text.is_empty());
        Some(snippets)
    }
}

fn texts(snippets: &[Snippet]) -> Vec<String> {
    snippets
        .iter()
        .map(|snippet| snippet.text.clone())
        .collect()
}

/// Whether a word can be the kind of a subject.
fn is_kind(word: &str) -> bool {
    let small = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    word.starts_with(|c: char| c.is_ascii_lowercase()) && word.bytes().all(small)
}

#[cfg(test)]
mod tests {
    use super::{Part, read};

    #[test]
    fn a_rule_inherits_what_it_does_not_say() {
        let rules = read(
            "x.toml",
            "[common]\napp_name = 'X'\nurl = 'u'\n[[rule]]\nschemas = ['x.v1']\nurl = ''\nusernames = ['a', 'b']\n",
        )
        .unwrap()
        .rules;
        let [rule] = rules.as_slice() else {
            panic!("one rule")
        };
        assert_eq!(rule.line, 4);
        assert_eq!(rule.parts[&Part::AppName][0].text, "X");
        assert!(rule.parts[&Part::Url].is_empty());
        assert_eq!(rule.parts[&Part::Usernames][1].line, 7);
    }

    #[test]
    fn names_stand_for_expressions() {
        let text = "[let]\nwho = 'a or b'\nall = '$who | x'\n[[rule]]\nschemas = ['s']\n\
                    usernames = '$all'\nurl = 'x/{{ $who }}/$'\n";
        let rules = read("x.toml", text).unwrap().rules;
        assert_eq!(rules[0].parts[&Part::Usernames][0].text, "((a or b) | x)");
        assert_eq!(rules[0].parts[&Part::Url][0].text, "x/{{ (a or b) }}/$");
    }

    #[test]
    fn says_where_the_mistakes_are() {
        let faults = |text: &str| {
            let faults = read("x.toml", text).unwrap_err();
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        };
        assert_eq!(
            faults("[[rule]]\nschemas = ['a']\nurls = 'x'"),
            "x.toml:3: there is no property `urls`"
        );
        assert_eq!(
            faults("\n[[rule]]\nurl = 'x'"),
            "x.toml:2: a rule needs `schemas` or `topics`"
        );
        assert_eq!(
            faults("[[rule]]\nschemas = 'a'\nurl = ['x']"),
            "x.toml:3: `url` is one text, not a list"
        );
        assert_eq!(
            faults("name = 'x'"),
            "x.toml:1: `name` is neither [let] nor [common] nor [[rule]] nor [[subjects]] nor [[sentences]]"
        );
        assert_eq!(
            faults("[[sentences]]\ntopics = 'a'\nsummary = 'x'\nurl = 'y'"),
            "x.toml:4: [[sentences]] have `topics` and `summary`, and no `url`"
        );
        assert_eq!(
            faults("[[sentences]]\nsummary = 'x'"),
            "x.toml:1: [[sentences]] needs `topics`"
        );
        let rule = "[[rule]]\nschemas = 'a'\nurl = '{{ $b }}'";
        assert_eq!(faults(rule), "x.toml:3: there is no `b` in [let]");
        let circle = faults(&format!("[let]\nb = '$c'\nc = '$b'\n{rule}"));
        assert_eq!(
            circle,
            "x.toml:6: the names of [let] use each other in a circle"
        );
        assert!(faults("[[rule]\n").starts_with("x.toml:1: "));
    }
}
