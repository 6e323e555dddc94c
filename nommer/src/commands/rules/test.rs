//! `nommer rules test`

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use indexmap::IndexMap;
use metadata::{Rules, Trial};
use serde::Deserialize;
use service::complain;

use crate::exit::Exit;

/// What to try the rules on.
#[derive(Debug, Args)]
pub struct TestOptions {
    /// A file with a message a line, as JSON: topic, headers and body, or topic and msg as in the fedmsg age, and
    /// perhaps the expected answers; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only messages with this schema; may be repeated.
    #[arg(long = "schema", value_name = "NAME", value_delimiter = ',')]
    schemas: Vec<String>,
    /// Show only what differs, and the tally.
    #[arg(long)]
    quiet: bool,
}

/// Tries the rules on each line of a file that has one of the schemas, if any are named.
pub fn run(asked: &TestOptions, directory: Option<&Path>) -> Result<(), Exit> {
    let rules = Rules::load(directory)?;
    let file = &asked.file;
    let input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let unreadable = |error| Exit::Failed(format!("cannot read {}: {error}", file.display()));
        Box::new(BufReader::new(File::open(file).map_err(unreadable)?))
    };
    let mut test = Test {
        name: if file == Path::new("-") {
            "(standard input)".to_owned()
        } else {
            file.display().to_string()
        },
        output: BufWriter::new(io::stdout().lock()),
        rules,
        quiet: asked.quiet,
        tally: IndexMap::new(),
        messages: 0,
        unreadable: 0,
    };
    match test
        .run(input, &asked.schemas)
        .and_then(|()| test.output.flush())
    {
        Ok(()) => test.exit(),
        // Whoever reads the answers has read enough: what was found until then counts.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => test.exit(),
        Err(error) => Err(Exit::Failed(format!("cannot read or write: {error}"))),
    }
}

/// As far as is needed to choose a line.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    headers: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Whether a line names one of the schemas; one that cannot be read is let through, to be complained about.
fn has_schema(line: &str, schemas: &[String]) -> bool {
    let Ok(Line { headers }) = serde_json::from_str(line) else {
        return true;
    };
    let schema = headers
        .as_ref()
        .and_then(|headers| headers.get("fedora_messaging_schema")?.as_str());
    schema.is_some_and(|schema| schemas.iter().any(|wanted| wanted == schema))
}

struct Test {
    name: String,
    output: BufWriter<io::StdoutLock<'static>>,
    rules: Rules,
    quiet: bool,
    /// By property: how many answers were expected, and how many differed.
    tally: IndexMap<String, (u64, u64)>,
    messages: u64,
    unreadable: u64,
}

impl Test {
    fn run(&mut self, input: impl BufRead, schemas: &[String]) -> io::Result<()> {
        for (line, number) in input.lines().zip(1..) {
            let line = line?;
            if line.trim().is_empty() || !(schemas.is_empty() || has_schema(&line, schemas)) {
                continue;
            }
            match self.rules.try_line(&line) {
                Ok(trial) => self.show(number, &trial)?,
                Err(error) => {
                    self.unreadable += 1;
                    complain(format_args!("{}:{number}: {error}", self.name));
                }
            }
        }
        self.show_tally()
    }

    fn show(&mut self, number: u64, trial: &Trial) -> io::Result<()> {
        self.messages += 1;
        if !self.quiet {
            serde_json::to_writer(&mut self.output, trial)?;
            writeln!(self.output)?;
        }
        for property in &trial.compared {
            self.tally.entry(property.clone()).or_default().0 += 1;
        }
        for difference in &trial.differences {
            self.tally.entry(difference.property.clone()).or_default().1 += 1;
            let (property, expected, found) = (
                &difference.property,
                &difference.expected,
                &difference.found,
            );
            let (name, topic) = (&self.name, &trial.topic);
            writeln!(
                self.output,
                "{name}:{number}: {topic}: {property} is {found}, expected {expected}"
            )?;
        }
        Ok(())
    }

    /// A line for each property that was expected of any message.
    fn show_tally(&mut self) -> io::Result<()> {
        if self.tally.is_empty() {
            return Ok(());
        }
        self.tally.sort_unstable_keys();
        let total = self
            .tally
            .values()
            .fold((0, 0), |total, one| (total.0 + one.0, total.1 + one.1));
        writeln!(
            self.output,
            "{:<16} {:>9} {:>9}",
            "property", "compared", "differ"
        )?;
        for (property, (compared, different)) in
            self.tally.iter().chain([(&"all".to_owned(), &total)])
        {
            writeln!(self.output, "{property:<16} {compared:>9} {different:>9}")?;
        }
        Ok(())
    }

    fn exit(&self) -> Result<(), Exit> {
        let differences: u64 = self.tally.values().map(|(_, different)| different).sum();
        match (self.unreadable, differences) {
            // Perhaps the name of a schema has a mistake: silence would pass for success.
            (0, 0) if self.messages == 0 => {
                Err(Exit::Failed("there was no message to try".to_owned()))
            }
            (0, 0) => Ok(()),
            (0, _) => Err(Exit::Failed(format!("{differences} answers differ"))),
            (unreadable, _) => Err(Exit::Failed(format!(
                "{differences} answers differ, {unreadable} lines are no messages"
            ))),
        }
    }
}
