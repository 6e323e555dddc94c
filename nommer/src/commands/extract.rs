//! `nommer extract`

mod judge;
pub mod options;
mod report;

use archive::{
    Addition, ConnectionOptions, Message, Position, Reader, StoreError, StoredSubjects, Writer,
    migration,
};
use metadata::Rules;
use service::say;

use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;
use judge::Judge;
use options::ExtractOptions;
use report::Report;

/// At most so many messages are in memory at once.
const PAGE: u32 = 1000;

/// Goes through the selected messages and adds what the rules know beyond what is stored.
///
/// Each chunk is committed by itself. After any end, even that of the machine, a run that begins
/// after the last place told does the rest; one that begins anywhere else does no harm.
pub fn run(config: &Config, asked: &ExtractOptions) -> Result<(), Exit> {
    let options = database::options(config)?;
    let rules = Rules::load(config.rules_directory.as_deref())?;
    let judge = Judge::new(&rules, asked)?;
    migration::check(&options)?;
    let writer = Writer::new(&options);
    let reader = Reader::new(&ConnectionOptions {
        read_only: true,
        ..options
    });
    let search = asked.search();

    say("Counting messages...");
    let Some(extent) = reader.extent(&search, asked.after)? else {
        say("No messages matched.");
        return Ok(());
    };
    let mut report = Report::new(extent.messages, asked);
    let mut after = asked.after;
    let mut walk = reader.walk(&search, after).up_to(extent.last);
    loop {
        report.begin(after);
        let mut additions = Vec::new();
        let mut left = asked.chunk_size;
        while left > 0 {
            let messages = walk.step(left.min(PAGE))?;
            let Some(last) = messages.last().map(judge::position) else {
                break;
            };
            left -= u32::try_from(messages.len()).unwrap_or(left);
            after = Some(last);
            additions.extend(additions_of(&judge, &reader, &messages, &mut report)?);
            report.advance(messages.len());
        }
        let amended = if asked.dry_run {
            None
        } else {
            Some(writer.amend(&additions)?)
        };
        report.committed(&additions, amended, after);
        if left > 0 || after == Some(extent.last) {
            break;
        }
    }
    report.end();
    Ok(())
}

/// What to add to messages.
fn additions_of(
    judge: &Judge<'_>,
    reader: &Reader,
    messages: &[Message],
    report: &mut Report<'_>,
) -> Result<Vec<Addition>, StoreError> {
    let about = if judge.tells_subjects() {
        let positions: Vec<Position> = messages.iter().map(judge::position).collect();
        reader.subjects(&positions)?
    } else {
        vec![StoredSubjects::default(); messages.len()]
    };
    let both = messages.iter().zip(&about);
    Ok(both
        .filter_map(|(message, about)| addition(judge, message, about, report))
        .collect())
}

/// What to add to a message, if anything, which is reported.
fn addition(
    judge: &Judge<'_>,
    message: &Message,
    about: &StoredSubjects,
    report: &mut Report<'_>,
) -> Option<Addition> {
    match judge.addition(message, about) {
        Ok(addition) => {
            if let Some(addition) = &addition {
                report.note(message, addition);
            }
            addition
        }
        Err(reason) => {
            report.unreadable(message, &reason);
            None
        }
    }
}
