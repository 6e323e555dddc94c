//! Rule files: what is written in them, not yet compiled.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::fault::Fault;

/// What a rule can answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Usernames,
    Packages,
    Containers,
    Modules,
    Flatpaks,
    Groups,
    AgentName,
    AgentAvatar,
    Priority,
    AppName,
    AppIcon,
    Url,
    Summary,
    Text,
}

impl Part {
    /// The lists of names, in the order of their fields.
    pub const NAMES: [Self; 6] = [
        Self::Usernames,
        Self::Packages,
        Self::Containers,
        Self::Modules,
        Self::Flatpaks,
        Self::Groups,
    ];

    /// The texts that are templates.
    pub const TEXTS: [Self; 5] = [
        Self::AppName,
        Self::AppIcon,
        Self::Url,
        Self::Summary,
        Self::Text,
    ];

    /// The key in a rule file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Usernames => "usernames",
            Self::Packages => "packages",
            Self::Containers => "containers",
            Self::Modules => "modules",
            Self::Flatpaks => "flatpaks",
            Self::Groups => "groups",
            Self::AgentName => "agent_name",
            Self::AgentAvatar => "agent_avatar",
            Self::Priority => "priority",
            Self::AppName => "app_name",
            Self::AppIcon => "app_icon",
            Self::Url => "url",
            Self::Summary => "summary",
            Self::Text => "text",
        }
    }

    fn of_key(key: &str) -> Option<Self> {
        let single = [Self::AgentName, Self::AgentAvatar, Self::Priority];
        let all = Self::NAMES.into_iter().chain(single).chain(Self::TEXTS);
        all.into_iter().find(|part| part.key() == key)
    }
}

/// An expression or template, and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Snippet {
    pub text: String,
    pub line: usize,
}

/// One rule as written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Source {
    pub file: String,
    pub line: usize,
    pub schemas: Vec<String>,
    pub topics: Vec<String>,
    /// The member of an old envelope that is the real body.
    pub unwrap: Option<String>,
    /// The members of the body that mail addresses are cut out of.
    pub without_mail: Vec<String>,
    pub parts: BTreeMap<Part, Vec<Snippet>>,
}

impl Source {
    /// Takes from the rule for the whole file what this one does not say itself.
    fn complete(&mut self, common: &Self) {
        for (part, snippets) in &common.parts {
            self.parts.entry(*part).or_insert_with(|| snippets.clone());
        }
        if self.unwrap.is_none() {
            self.unwrap.clone_from(&common.unwrap);
        }
        if self.without_mail.is_empty() {
            self.without_mail.clone_from(&common.without_mail);
        }
    }
}

/// How deep names for expressions may use each other.
const DEEPEST_NAMES: usize = 8;

/// Reads the text of a rule file.
pub(crate) fn read(file: &str, text: &str) -> Result<Vec<Source>, Vec<Fault>> {
    let mut reader = Reader {
        file,
        text,
        names: BTreeMap::new(),
        faults: Vec::new(),
    };
    let rules = reader.file();
    if reader.faults.is_empty() {
        Ok(rules)
    } else {
        Err(reader.faults)
    }
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    /// The expressions that have a name in this file.
    names: BTreeMap<String, String>,
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

    fn file(&mut self) -> Vec<Source> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.fault(error.span().map_or(0, |span| span.start), error.message());
        }
        if let Some(named) = document.get_ref().get("let") {
            self.names(named);
        }
        let mut common = Source::default();
        let mut rules = Vec::new();
        for (key, value) in document.get_ref() {
            let at = key.span().start;
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("let", _) => {}
                ("common", DeValue::Table(table)) => common = self.rule(at, table),
                ("rule", DeValue::Array(tables)) => {
                    rules.extend(tables.iter().filter_map(|table| self.rule_table(table)));
                }
                (key, _) => self.fault(
                    at,
                    format!("`{key}` is neither [let] nor [common] nor [[rule]]"),
                ),
            }
        }
        self.find_repeats(&rules);
        for rule in &mut rules {
            if rule.schemas.is_empty() && rule.topics.is_empty() {
                self.faults.push(Fault::new(
                    self.file,
                    rule.line,
                    "a rule needs `schemas` or `topics`",
                ));
            }
            rule.complete(&common);
        }
        rules
    }

    /// A `[[rule]]`; `None` if it is no table, which is a fault.
    fn rule_table(&mut self, table: &Spanned<DeValue>) -> Option<Source> {
        let at = table.span().start;
        let DeValue::Table(fields) = table.get_ref() else {
            self.fault(at, "a rule is a table: [[rule]]");
            return None;
        };
        Some(self.rule(at, fields))
    }

    /// Schemas and topics of which two rules of the file are.
    fn find_repeats(&mut self, rules: &[Source]) {
        let mut known = BTreeSet::new();
        for rule in rules {
            for name in rule.schemas.iter().chain(&rule.topics) {
                if !known.insert(name.clone()) {
                    let reason = format!("`{name}` already has a rule in this file");
                    self.faults.push(Fault::new(self.file, rule.line, reason));
                }
            }
        }
    }

    /// The `[let]` table: names for expressions, which may use each other.
    fn names(&mut self, table: &Spanned<DeValue>) {
        let DeValue::Table(named) = table.get_ref() else {
            return self.fault(table.span().start, "`let` is a table: [let]");
        };
        for (name, value) in named {
            match value.get_ref().as_str() {
                Some(text) => drop(
                    self.names
                        .insert(name.get_ref().to_string(), text.trim().to_owned()),
                ),
                None => self.fault(
                    name.span().start,
                    format!("`{}` must be a text", name.get_ref()),
                ),
            }
        }
    }

    /// The text with every `$name` replaced by the expression of that name.
    fn expand(&mut self, text: &str, at: usize) -> String {
        let mut text = text.to_owned();
        // Names that use each other in a circle come to an end here.
        for _ in 0..DEEPEST_NAMES {
            let mut expanded = String::with_capacity(text.len());
            let mut parts = text.split('$');
            expanded.extend(parts.next());
            for part in parts {
                let end = part
                    .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
                    .unwrap_or(part.len());
                match self.names.get(&part[..end]) {
                    Some(expression) => expanded.extend(["(", expression, ")", &part[end..]]),
                    None if end == 0 => expanded.extend(["$", part]),
                    None => {
                        let reason = format!("there is no `{}` in [let]", &part[..end]);
                        self.fault(at, reason);
                        return text;
                    }
                }
            }
            if expanded == text {
                return text;
            }
            text = expanded;
        }
        self.fault(at, "the names of [let] use each other in a circle");
        text
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
            let Some(mut snippets) = self.snippets(value) else {
                self.fault(key_at, format!("`{key}` must be a text or a list of texts"));
                continue;
            };
            for snippet in &mut snippets {
                snippet.text = self.expand(&snippet.text, value.span().start);
            }
            let texts = || {
                snippets
                    .iter()
                    .map(|snippet| snippet.text.clone())
                    .collect::<Vec<_>>()
            };
            match (key, Part::of_key(key)) {
                ("schemas", _) => rule.schemas = texts(),
                ("topics", _) => rule.topics = texts(),
                ("without_mail", _) => rule.without_mail = texts(),
                ("unwrap", _) => rule.unwrap = texts().pop(),
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

    /// A text or a list of texts; an empty text stands for nothing.
    fn snippets(&self, value: &Spanned<DeValue>) -> Option<Vec<Snippet>> {
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

#[cfg(test)]
mod tests {
    use super::{Part, read};

    #[test]
    fn a_rule_inherits_what_it_does_not_say() {
        let rules = read(
            "x.toml",
            "[common]\napp_name = 'X'\nurl = 'u'\n[[rule]]\nschemas = ['x.v1']\nurl = ''\nusernames = ['a', 'b']\n",
        )
        .unwrap();
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
        let rules = read("x.toml", text).unwrap();
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
            "x.toml:1: `name` is neither [let] nor [common] nor [[rule]]"
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
