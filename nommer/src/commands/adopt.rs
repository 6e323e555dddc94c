//! `nommer adopt`

mod progress;
mod report;

use archive::adopt::{Adoption, Told};
use archive::{Span, migration};
use chrono::NaiveDateTime;
use clap::Args;
use service::{Secret, say};

use self::progress::Meter;
use crate::commands::times::time;
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;
use crate::words::counted;

/// So many messages are compared column by column.
const SAMPLES: u32 = 1000;

/// Which archive to take over, how much of it, and how.
#[derive(Debug, Args)]
pub struct AdoptOptions {
    /// The database of datanommer, from which is only read: a URL such as postgresql://user@host/datanommer2
    /// [default: NOMMER_ADOPT_FROM in the environment].
    #[arg(long, value_name = "URL")]
    from: Option<Secret>,
    /// Only messages sent then or later: a day or a time by ISO 8601, UTC without an offset.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<NaiveDateTime>,
    /// Only messages sent before that time.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<NaiveDateTime>,
    /// How many slices to read at once.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
    /// Only check whether it can be taken over, and tell what is to be known before.
    #[arg(long, conflicts_with = "verify")]
    check: bool,
    /// Only compare what is here with what is there.
    #[arg(long)]
    verify: bool,
}

/// Takes an archive over.
pub fn run(config: &Config, asked: &AdoptOptions) -> Result<(), Exit> {
    let from = asked.from()?;
    let span = asked.span()?;
    let options = database::options(config)?;
    migration::check(&options)?;
    let adoption = Adoption::new(from.reveal(), &options, asked.jobs.into())
        .map_err(|error| Exit::Config(format!("--from: {error}")))?;
    let checked = adoption.check(span)?;
    report::checked(&checked);
    if checked.has_errors() {
        return Err(Exit::Failed(
            "it cannot be taken over: nothing was changed".to_owned(),
        ));
    }
    if asked.check {
        return Ok(());
    }
    if asked.verify {
        verify(&adoption, span, checked.messages)?;
    } else {
        copy(&adoption, span, checked.messages)?;
        std::thread::scope(|scope| {
            scope.spawn(|| adoption.count());
            verify(&adoption, span, checked.messages)
        })?;
        say("what messages are about is not known yet: `nommer extract subjects` finds it out");
    }
    Ok(())
}

fn copy(adoption: &Adoption, span: Span, messages: u64) -> Result<(), Exit> {
    let progress = Meter::new(messages);
    let adopted = adoption.run(span, &|told| progress.told(told))?;
    let seconds = progress.end();
    report::adopted(&adopted, seconds);
    Ok(())
}

fn verify(adoption: &Adoption, span: Span, messages: u64) -> Result<(), Exit> {
    say("comparing both archives");
    let progress = Meter::new(messages);
    let verified = adoption.verify(span, SAMPLES, &|read| {
        progress.told(Told::Read(read));
    })?;
    progress.end();
    report::verified(&verified);
    match verified.different {
        0 => {
            say("all of it is here");
            Ok(())
        }
        different => Err(Exit::Failed(counted(different, "difference"))),
    }
}

impl AdoptOptions {
    /// The database to read. The variable has it where it holds a password, which command lines show.
    fn from(&self) -> Result<Secret, Exit> {
        let environment = || Secret::from_environment("NOMMER_ADOPT_FROM");
        let from = match &self.from {
            Some(from) => Some(from.clone()),
            None => environment().map_err(|fault| Exit::Config(fault.to_string()))?,
        };
        from.ok_or_else(|| {
            Exit::Config("no database to read: give --from or set NOMMER_ADOPT_FROM".to_owned())
        })
    }

    /// An error where no message can be within: of such, nothing could ever be missing.
    fn span(&self) -> Result<Span, Exit> {
        match (self.since, self.until) {
            (Some(since), Some(until)) if since >= until => Err(Exit::Config(format!(
                "--since {since} is not before --until {until}: no message is sent between them"
            ))),
            (from, to) => Ok(Span { from, to }),
        }
    }
}
