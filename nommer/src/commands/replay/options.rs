//! What can follow `nommer replay`.

use archive::{Dimension, Match, Order, Position, Search, Span};
use chrono::NaiveDateTime;
use clap::Args;

use crate::commands::extract::options::position;
use crate::commands::names::name;
use crate::commands::times::time;

/// Which messages to publish again, where, and how fast.
#[derive(Debug, Args)]
pub struct ReplayOptions {
    /// The exchange to publish to, which must be there.
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub exchange: String,
    /// How many messages a second, at most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub rate: u32,
    /// No more than so many messages.
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Say what would be published, and publish nothing. No broker is asked.
    #[arg(long)]
    pub dry_run: bool,
    /// Publish to an exchange that a queue of the configuration is bound to: others who listen there get old news.
    #[arg(long)]
    pub yes: bool,
    /// Go on after the message at this place, as an earlier run has told it.
    #[arg(long, value_name = "TIMESTAMP,ID", value_parser = position)]
    pub after: Option<Position>,
    /// Only messages sent then or later: a day or a time by ISO 8601, UTC without an offset.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<NaiveDateTime>,
    /// Only messages sent then or earlier.
    #[arg(long, value_name = "TIME", value_parser = time)]
    before: Option<NaiveDateTime>,
    #[command(flatten)]
    filters: FilterOptions,
    /// Only the messages with these ids; not with the other filters.
    #[arg(long, value_name = "ID", conflicts_with_all = ["since", "before", "after", "FilterOptions"])]
    pub id: Vec<String>,
}

/// What to match, as `/v2/search` has it. Each may be repeated: one of the values is enough.
#[derive(Debug, Args)]
struct FilterOptions {
    /// Only messages that concern this user; as all filters, it may be repeated.
    #[arg(long, value_name = "NAME")]
    user: Vec<String>,
    /// No messages that concern this user.
    #[arg(long, value_name = "NAME")]
    not_user: Vec<String>,
    /// Only messages that concern this package.
    #[arg(long, value_name = "NAME")]
    package: Vec<String>,
    /// No messages that concern this package.
    #[arg(long, value_name = "NAME")]
    not_package: Vec<String>,
    /// Only messages of this category.
    #[arg(long, value_name = "NAME")]
    category: Vec<String>,
    /// No messages of this category.
    #[arg(long, value_name = "NAME")]
    not_category: Vec<String>,
    /// Only messages with this topic.
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
    /// No messages with this topic.
    #[arg(long, value_name = "TOPIC")]
    not_topic: Vec<String>,
    /// Only messages that this agent caused.
    #[arg(long, value_name = "NAME")]
    agent: Vec<String>,
    /// No messages that this agent caused.
    #[arg(long, value_name = "NAME")]
    not_agent: Vec<String>,
    /// Only messages about this.
    #[arg(long, value_name = "KIND:NAME")]
    subject: Vec<String>,
    /// No messages about this.
    #[arg(long, value_name = "KIND:NAME")]
    not_subject: Vec<String>,
    /// Only messages whose body has this text.
    #[arg(long, value_name = "TEXT")]
    contains: Vec<String>,
}

impl ReplayOptions {
    /// Which messages to publish, oldest first.
    pub fn search(&self) -> Search {
        let asked = &self.filters;
        let of = |any: &Vec<String>, none: &Vec<String>| Match {
            any: any.clone(),
            none: none.clone(),
        };
        Search {
            time: Span::inclusive(self.since, self.before),
            filters: [
                (Dimension::Users, of(&asked.user, &asked.not_user)),
                (Dimension::Packages, of(&asked.package, &asked.not_package)),
                (
                    Dimension::Categories,
                    of(&asked.category, &asked.not_category),
                ),
                (Dimension::Topics, of(&asked.topic, &asked.not_topic)),
                (Dimension::Agents, of(&asked.agent, &asked.not_agent)),
                (Dimension::Subjects, of(&asked.subject, &asked.not_subject)),
            ]
            .into(),
            contains: asked.contains.clone(),
            order: Order::Ascending,
            ..Search::default()
        }
    }

    /// How many messages are published of so many that match.
    pub fn at_most(&self, matching: u64) -> u64 {
        self.limit.map_or(matching, |limit| limit.min(matching))
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use clap::{Command, FromArgMatches as _};

    use super::*;

    fn parse(arguments: &[&str]) -> Result<ReplayOptions, ErrorKind> {
        let verb = ReplayOptions::augment_args(Command::new("replay"));
        let typed = ["replay", "--exchange", "again"].iter().chain(arguments);
        let matches = verb.try_get_matches_from(typed);
        let options = matches.and_then(|matches| ReplayOptions::from_arg_matches(&matches));
        options.map_err(|error| error.kind())
    }

    #[test]
    fn filters_may_be_repeated_and_ids_go_without_them() {
        let asked = parse(&[
            "--user",
            "ann",
            "--user",
            "bob",
            "--not-topic",
            "t",
            "--before",
            "2024-05-01",
        ]);
        let search = asked.expect("valid").search();
        assert_eq!(search.filters[Dimension::Users].any, ["ann", "bob"]);
        assert_eq!(search.filters[Dimension::Topics].none, ["t"]);
        assert!(
            search
                .time
                .holds("2024-05-01T00:00:00".parse().expect("a time"))
        );
        assert!(parse(&["--id", "x", "--id", "y", "--limit", "1"]).is_ok());
        for filter in [
            &["--user", "ann"][..],
            &["--since", "2024-05-01"],
            &["--contains", "x"],
        ] {
            let both = parse(&[&["--id", "x"], filter].concat()).map(drop);
            assert_eq!(both, Err(ErrorKind::ArgumentConflict), "{filter:?}");
        }
    }
}
