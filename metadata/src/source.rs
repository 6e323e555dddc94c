//! What is written in rule files, not yet compiled.

use std::collections::BTreeMap;

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

    pub fn of_key(key: &str) -> Option<Self> {
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
    pub fn complete(&mut self, common: &Self) {
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

/// One `[[subjects]]` table as written: what messages of some topics are about.
#[derive(Debug, Clone, Default)]
pub(crate) struct SubjectSource {
    pub file: String,
    pub line: usize,
    pub topics: Vec<String>,
    /// The expressions that give names, by kind.
    pub kinds: BTreeMap<String, Vec<Snippet>>,
}

/// All that is written in one file, or in several.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    pub rules: Vec<Source>,
    pub subjects: Vec<SubjectSource>,
    /// `[[sentences]]`: rules for topics that have nothing but a summary.
    pub sentences: Vec<Source>,
}

impl Written {
    /// Adds what is written in a later file.
    pub fn extend(&mut self, later: Self) {
        self.rules.extend(later.rules);
        self.subjects.extend(later.subjects);
        self.sentences.extend(later.sentences);
    }
}
