//! The shapes of what goes into the rules and of what comes out.

use std::borrow::Cow;
use std::fmt;

/// A message as it was received.
#[derive(Debug, Clone, Copy)]
pub struct MessageView<'a> {
    /// The topic, prefix included.
    pub topic: &'a str,
    /// The headers: the text of a JSON object, or empty.
    pub headers: &'a str,
    /// The body: a JSON text, or empty.
    pub body: &'a str,
}

/// Everything the rules say of a message.
///
/// All lists are sorted by code point, without duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Meaning {
    /// Accounts that the message concerns.
    pub usernames: Vec<String>,
    /// RPM packages that the message concerns.
    pub packages: Vec<String>,
    /// Containers that the message concerns.
    pub containers: Vec<String>,
    /// Modules that the message concerns.
    pub modules: Vec<String>,
    /// Flatpaks that the message concerns.
    pub flatpaks: Vec<String>,
    /// Groups that the message concerns.
    pub groups: Vec<String>,
    /// The account that caused the message.
    pub agent_name: Option<String>,
    /// The application that published it.
    pub app_name: Option<String>,
    /// The address of that application's icon.
    pub app_icon: Option<String>,
    /// Where to read more.
    pub url: Option<String>,
    /// The address of the agent's picture.
    pub agent_avatar: Option<String>,
    /// One sentence; the topic where no rule has anything better.
    pub summary: String,
    /// A longer text, for the messages that a rule knows.
    pub text: Option<String>,
}

/// What a message is filtered by, for the moment of archiving.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Accounts that the message concerns, sorted and distinct.
    pub usernames: Vec<String>,
    /// RPM packages that the message concerns, sorted and distinct.
    pub packages: Vec<String>,
    /// The account that caused the message.
    pub agent_name: Option<String>,
}

/// One thing that a message is about, such as the build `nvr:zsh-5.9-1.fc50`.
///
/// Names are as the message has them. Those of staging and of production are
/// names of different things: the third word of the topic tells which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// What sort of thing it is: `nvr`, `task`, `update` or another word of small letters.
    pub kind: Cow<'static, str>,
    /// Its name, which is never empty.
    pub name: String,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)
    }
}

impl serde::Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What has to be archived in place of what was received.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// The body to archive, where it is not the one received.
    pub body: Option<String>,
    /// The `priority` header to archive, where it is not the one received.
    pub priority: Option<i64>,
}
