//! A message as shown to people.

use std::borrow::Cow;
use std::str::FromStr;

use crate::pages::facets::short;
use crate::pages::highlight::highlight;
use crate::pages::links;
use crate::pages::marks::{cut, marked, monogram};
use crate::pages::times::datetime;

/// Letters of a summary in a list.
const LONGEST_SUMMARY: usize = 300;
/// Letters of a title.
const LONGEST_TITLE: usize = 100;

/// How much of a message is shown.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Size {
    /// The topic and the relative date.
    Small,
    /// The summary, too.
    Medium,
    /// The exact date, too.
    #[default]
    Large,
    /// The message itself, too.
    ExtraLarge,
}

/// A word that names no size.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown size")]
pub struct UnknownSize;

impl FromStr for Size {
    type Err = UnknownSize;

    fn from_str(word: &str) -> Result<Self, UnknownSize> {
        match word {
            "small" => Ok(Self::Small),
            "medium" => Ok(Self::Medium),
            "large" => Ok(Self::Large),
            "extra-large" => Ok(Self::ExtraLarge),
            _ => Err(UnknownSize),
        }
    }
}

/// A message as shown to people. Links and pictures are left out unless they are http or https.
#[derive(Clone, Debug, Default)]
pub struct Card {
    /// The sender's id.
    pub id: String,
    /// The topic.
    pub topic: String,
    /// What happened, in a line.
    pub summary: String,
    /// Where to read on.
    pub url: Option<String>,
    /// A picture of the application, or of who caused it, from a host whose pictures are shown.
    pub picture: Option<String>,
    /// What stands for a picture where there is none.
    pub glyph: &'static str,
    /// Who caused it.
    pub agent: Option<String>,
    /// The date as people say it.
    pub date_human: String,
    /// The date as `2013-03-28 17:25:38 UTC`.
    pub date_exact: String,
    /// The message as JSON text, needed for [`Size::ExtraLarge`].
    pub json: Option<String>,
    /// The day as people say it.
    pub day: String,
    /// The time of the day, as `17:25:38`.
    pub time: String,
    /// Some of what the body says, where no rule knows a sentence for it.
    pub excerpt: Vec<(String, String)>,
    /// The users that it concerns.
    pub users: Vec<String>,
    /// The packages that it concerns.
    pub packages: Vec<String>,
}

/// Names that a row shows.
const MOST_NAMES: usize = 3;

/// A name, and the path and query of what there is about it.
pub struct NamedLink<'a> {
    pub name: &'a str,
    pub href: String,
}

/// The first names of those that `filter` finds.
pub fn named<'a>(filter: &str, names: &'a [String], most: usize) -> Vec<NamedLink<'a>> {
    let named = |name: &'a String| NamedLink {
        name,
        href: links::named(filter, name),
    };
    names.iter().take(most).map(named).collect()
}

/// What templates ask a card for.
impl Card {
    pub fn link(&self) -> Option<&str> {
        links::web(self.url.as_deref())
    }

    pub fn picture(&self) -> Option<&str> {
        links::web(self.picture.as_deref())
    }

    /// What the page of the message is called.
    pub fn title(&self) -> String {
        let told = match self.summary.as_str() {
            "" => &self.topic,
            summary => summary,
        };
        cut(&marked(told), LONGEST_TITLE)
    }

    pub fn topic_shown(&self) -> Cow<'_, str> {
        marked(&self.topic)
    }

    pub fn summary_shown(&self) -> String {
        cut(&marked(&self.summary), LONGEST_SUMMARY)
    }

    /// The date as machines read it.
    pub fn datetime(&self) -> String {
        datetime(&self.date_exact)
    }

    pub fn id_in_url(&self) -> String {
        links::encode(&self.id)
    }

    pub fn agent_in_url(&self) -> String {
        links::encode(self.agent.as_deref().unwrap_or_default())
    }

    pub fn monogram(&self) -> Option<String> {
        self.agent.as_deref().and_then(monogram)
    }

    pub fn topic_page(&self) -> String {
        links::named("topic", &self.topic)
    }

    pub fn topic_in_url(&self) -> String {
        links::encode(&self.topic)
    }

    /// Whether a rule knows a sentence.
    pub fn says_something(&self) -> bool {
        self.summary != self.topic || self.excerpt.is_empty()
    }

    pub fn short_topic(&self) -> String {
        marked(&short(&self.topic)).into_owned()
    }

    pub fn first_users(&self) -> Vec<NamedLink<'_>> {
        named("user", &self.users, MOST_NAMES)
    }

    pub fn more_users(&self) -> usize {
        self.users.len().saturating_sub(MOST_NAMES)
    }

    pub fn first_packages(&self) -> Vec<NamedLink<'_>> {
        named("package", &self.packages, MOST_NAMES)
    }

    pub fn more_packages(&self) -> usize {
        self.packages.len().saturating_sub(MOST_NAMES)
    }

    pub fn json_html(&self) -> Option<String> {
        self.json.as_deref().map(highlight)
    }
}
