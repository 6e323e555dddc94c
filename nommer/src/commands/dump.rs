//! `nommer dump`

mod output;

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use archive::{Extent, Message, OnBus, Order, Reader, Search, Span, migration};
use chrono::NaiveDateTime;
use clap::{Args, ValueEnum};
use pythonic::json::to_text;
use service::complain;

use self::output::{Compression, Output};
use crate::commands::times::time;
use crate::config::settings::Config;
use crate::database;
use crate::exit::Exit;
use crate::words::counted;

/// At most so many messages are in memory at once, and one whose body or headers are large.
const PAGE: u32 = 500;

/// Which messages to write, where, and how.
#[derive(Debug, Args)]
pub struct DumpOptions {
    /// Only messages sent then or later: a day or a time by ISO 8601, UTC without an offset.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<NaiveDateTime>,
    /// Only messages sent then or earlier.
    #[arg(long, value_name = "TIME", value_parser = time)]
    before: Option<NaiveDateTime>,
    /// How to write them.
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    format: Format,
    /// How to compress that [default: as --output ends, in .gz or .zst, or not at all].
    #[arg(long, value_name = "METHOD")]
    compress: Option<Compression>,
    /// A file to write, which must not be there, instead of standard output. It has its name once it is whole.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// How messages are written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
enum Format {
    /// A JSON array in a line.
    #[default]
    Json,
    /// A JSON object a line.
    Ndjson,
}

/// Writes the messages, by time and key.
pub fn run(config: &Config, asked: &DumpOptions) -> Result<(), Exit> {
    let options = database::options_to_read(config)?;
    migration::check(&options)?;
    let reader = Reader::new(&options);
    let mut output = Output::open(asked.output.as_deref(), asked.compress)?;
    let written = match write(&reader, asked, &mut output)? {
        Ok(written) => output.finish().map(|()| written),
        Err(error) => Err(error),
    };
    match written {
        Ok(written) if asked.output.is_some() => {
            complain(format_args!("dumped {}", counted(written, "message")));
            Ok(())
        }
        Ok(_) => Ok(()),
        // Nobody reads on.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Exit::Failed(format!("not written: {error}"))),
    }
}

/// Writes the messages that are there when it begins, and answers how many; what cannot be written is
/// the inner error.
fn write(
    reader: &Reader,
    asked: &DumpOptions,
    output: &mut Output,
) -> Result<io::Result<u64>, Exit> {
    let search = asked.search();
    let extent = reader.extent(&search, None)?;
    let bar = output.bar(extent.map_or(0, |extent| extent.messages));
    let mut writing = Writing::begin(asked.format, output);
    if let Some(Extent { last, .. }) = extent {
        let mut walk = reader.walk(&search, None).up_to(last).leaving_out();
        loop {
            let mut messages = walk.step(PAGE)?;
            for message in &mut messages {
                // What has gone meanwhile is not part of the archive any more.
                if reader.complete(message)? {
                    writing.message(message);
                }
                *message = Message::default();
            }
            bar.inc(messages.len() as u64);
            if messages.is_empty() || writing.failed.is_some() {
                break;
            }
        }
    }
    bar.finish_and_clear();
    Ok(writing.end())
}

/// The text while it is written.
struct Writing<'a> {
    format: Format,
    output: &'a mut Output,
    written: u64,
    /// Why no more is written.
    failed: Option<io::Error>,
}

impl<'a> Writing<'a> {
    fn begin(format: Format, output: &'a mut Output) -> Self {
        let mut writing = Self {
            format,
            output,
            written: 0,
            failed: None,
        };
        if format == Format::Json {
            writing.put("[");
        }
        writing
    }

    fn message(&mut self, message: &Message) {
        if self.format == Format::Json && self.written > 0 {
            self.put(",");
        }
        self.put(&to_text(&OnBus::new(message)));
        if self.format == Format::Ndjson {
            self.put("\n");
        }
        self.written += 1;
    }

    fn put(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = self.output.write_all(text.as_bytes()).err();
        }
    }

    /// Answers how many messages were written.
    fn end(mut self) -> io::Result<u64> {
        if self.format == Format::Json {
            self.put("]\n");
        }
        match self.failed {
            None => Ok(self.written),
            Some(error) => Err(error),
        }
    }
}

impl DumpOptions {
    fn search(&self) -> Search {
        Search {
            time: Span::inclusive(self.since, self.before),
            order: Order::Ascending,
            ..Search::default()
        }
    }
}
