//! `nommer stats`

use archive::{Reader, Tally, migration};
use clap::Args;
use service::say;

use super::text::{given, harmless};
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;

/// What to count.
#[derive(Debug, Args)]
pub struct StatsOptions {
    /// Count by topic instead of by category.
    #[arg(long)]
    topic: bool,
    /// Only messages of this category; those of all where it is empty.
    #[arg(long, value_name = "CATEGORY")]
    category: Option<String>,
}

/// Tells how many messages each category has, or each topic, in a line.
pub fn run(config: &Config, asked: &StatsOptions) -> Result<(), Exit> {
    let options = database::options_to_read(config)?;
    migration::check(&options)?;
    let reader = Reader::new(&options);
    let category = given(asked.category.as_deref());
    let mut tallies = if asked.topic {
        reader.topics(category)?
    } else {
        reader.categories()?
    };
    if let (false, Some(category)) = (asked.topic, category) {
        tallies.retain(|tally| tally.name == category);
    }
    for Tally { name, messages } in tallies {
        say(format_args!("{} has {messages} entries", harmless(&name)));
    }
    Ok(())
}
