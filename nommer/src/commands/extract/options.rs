//! What can follow `nommer extract`.

use archive::{Dimension, Match, Order, Position, Search, Span};
use chrono::NaiveDateTime;
use clap::{Args, ValueEnum};

use crate::commands::times::time;

/// What to add, and to which messages.
#[derive(Debug, Args)]
pub struct ExtractOptions {
    /// What to add.
    pub what: What,
    /// Only messages with this topic.
    #[arg(long, value_name = "TOPIC", conflicts_with = "category")]
    pub topic: Option<String>,
    /// Only messages of this category.
    #[arg(long, value_name = "CATEGORY")]
    pub category: Option<String>,
    /// Only messages sent then or later: a day or a time by ISO 8601, UTC without an offset.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub start: Option<NaiveDateTime>,
    /// Only messages sent before that time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub end: Option<NaiveDateTime>,
    /// Pretend that every message has this schema.
    #[arg(long, value_name = "NAME")]
    pub force_schema: Option<String>,
    /// Say what would be added, and add nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// How many messages to go through in one transaction.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub chunk_size: u32,
    /// Say what was added to each message.
    #[arg(long)]
    pub debug: bool,
    /// Go on after the message at this place, as an earlier run has told it.
    #[arg(long, value_name = "TIMESTAMP,ID", value_parser = position)]
    pub after: Option<Position>,
}

/// What to add.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum What {
    /// Users that messages concern.
    // As the incumbent calls them.
    #[value(alias = "usernames")]
    Users,
    /// Packages that messages concern.
    Packages,
    /// Who caused messages, where that is not known.
    Agent,
    /// What messages are about, in place of what is stored.
    Subjects,
    /// All four.
    All,
}

impl ExtractOptions {
    /// Which messages to go through, oldest first.
    pub fn search(&self) -> Search {
        let only = |value: &Option<String>| Match {
            any: value.iter().cloned().collect(),
            none: Vec::new(),
        };
        Search {
            time: Span {
                from: self.start,
                to: self.end,
            },
            filters: [
                (Dimension::Topics, only(&self.topic)),
                (Dimension::Categories, only(&self.category)),
            ]
            .into(),
            without_agent: self.what == What::Agent,
            order: Order::Ascending,
            ..Search::default()
        }
    }
}

/// Reads a place as [`written`] writes it.
pub fn position(text: &str) -> Result<Position, String> {
    let (timestamp, id) = text.split_once(',').ok_or("not TIMESTAMP,ID")?;
    let id = id.parse().map_err(|_| "the id is no number".to_owned())?;
    Ok(Position {
        timestamp: time(timestamp)?,
        id,
    })
}

/// A place, as `--after` takes it.
pub fn written(position: Position) -> String {
    format!(
        "{},{}",
        position.timestamp.format("%Y-%m-%dT%H:%M:%S%.6f"),
        position.id
    )
}

#[cfg(test)]
impl ExtractOptions {
    /// Reads `arguments` as they follow `nommer extract`.
    pub fn parse_alone(arguments: &[&str]) -> clap::error::Result<Self> {
        use clap::FromArgMatches as _;
        let verb = Self::augment_args(clap::Command::new("extract"));
        let matches = verb.try_get_matches_from(["extract"].iter().chain(arguments))?;
        Self::from_arg_matches(&matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<ExtractOptions, clap::error::ErrorKind> {
        ExtractOptions::parse_alone(arguments).map_err(|error| error.kind())
    }

    #[test]
    fn topic_and_category_exclude_each_other() {
        let both = parse(&["users", "--topic", "a", "--category", "b"]).map(drop);
        assert_eq!(both, Err(clap::error::ErrorKind::ArgumentConflict));
        assert_eq!(
            parse(&["names"]).map(drop),
            Err(clap::error::ErrorKind::InvalidValue)
        );
        assert_eq!(
            parse(&["all", "--chunk-size", "0"]).map(drop),
            Err(clap::error::ErrorKind::ValueValidation)
        );
    }

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let place = "2024-03-01T10:11:12.000013,4711";
        let extract = parse(&["agent", "--after", place]).expect("valid");
        assert_eq!(extract.after.map(written).as_deref(), Some(place));
        assert!(extract.search().without_agent);
    }
}
