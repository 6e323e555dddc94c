//! What an application tells the bus, before it becomes a message.

use crate::json::Value;

/// Severities of the wire format.
pub(crate) const DEBUG: i32 = 10;
const INFO: i32 = 20;

/// The name of a message schema and of the Python package it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    pub(crate) name: &'static str,
    /// The new-hotness' schemas have none.
    pub(crate) package: Option<&'static str>,
}

impl Schema {
    pub(crate) const fn new(name: &'static str, package: &'static str) -> Self {
        Self {
            name,
            package: Some(package),
        }
    }

    /// For applications without schemas of their own.
    pub(crate) const BASE: Self = Self::new("base.message", "fedora_messaging");
}

/// Something that happened in an application.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) topic: String,
    pub(crate) schema: Schema,
    pub(crate) severity: i32,
    pub(crate) priority: i32,
    pub(crate) users: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) packages: Vec<String>,
    pub(crate) body: Value,
}

impl Event {
    /// An event of Fedora's own applications: `topic` lacks the common prefix.
    pub(crate) fn new(topic: &str, schema: Schema, body: Value) -> Self {
        Self::elsewhere(format!("org.fedoraproject.prod.{topic}"), schema, body)
    }

    /// An event with a complete topic.
    pub(crate) fn elsewhere(topic: impl Into<String>, schema: Schema, body: Value) -> Self {
        let (users, groups, packages) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            topic: topic.into(),
            schema,
            severity: INFO,
            priority: 0,
            users,
            groups,
            packages,
            body,
        }
    }

    pub(crate) fn severity(mut self, severity: i32) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn priority(mut self, priority: i32) -> Self {
        self.priority = priority;
        self
    }

    pub(crate) fn users<T: Into<String>>(mut self, users: impl IntoIterator<Item = T>) -> Self {
        self.users = distinct(users);
        self
    }

    pub(crate) fn groups<T: Into<String>>(mut self, groups: impl IntoIterator<Item = T>) -> Self {
        self.groups = distinct(groups);
        self
    }

    pub(crate) fn packages<T: Into<String>>(
        mut self,
        packages: impl IntoIterator<Item = T>,
    ) -> Self {
        self.packages = distinct(packages);
        self
    }
}

fn distinct<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
    names.sort();
    names.dedup();
    names
}
