//! What the operator is told of an import: a bar on a terminal, lines elsewhere, and the sums at the end.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use service::{complain, say};

use super::reading::Portion;
use super::source;
use crate::commands::text::harmless;
use crate::exit::Exit;
use crate::words::counted;

/// So many texts that are put aside are told of; the others are counted.
const MOST_TOLD: u64 = 20;
/// How often the place is told where there is no terminal.
const PAUSE: Duration = Duration::from_secs(10);

/// What became of the texts of a file, or of several.
#[derive(Clone, Copy, Default)]
pub struct Sums {
    pub stored: u64,
    pub duplicates: u64,
    pub put_aside: u64,
    /// Of those stored or known, how many do not tell when they were sent.
    pub undated: u64,
}

/// Tells how far an import is, and what came of it.
pub struct Progress {
    pub bar: ProgressBar,
    dry_run: bool,
    sums: Sums,
    read: u64,
    failures: u64,
    told_at: Instant,
}

impl Progress {
    pub fn new(files: &[PathBuf], dry_run: bool) -> Self {
        let template = match source::length(files) {
            Some(_) => {
                "{wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}\n{msg}"
            }
            None => "{spinner} {binary_bytes} {binary_bytes_per_sec} {elapsed}\n{msg}",
        };
        let bar = match source::length(files) {
            Some(length) => ProgressBar::new(length),
            None => ProgressBar::no_length(),
        };
        // Hidden where standard error is no terminal.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            bar,
            dry_run,
            sums: Sums::default(),
            read: 0,
            failures: 0,
            told_at: Instant::now(),
        }
    }

    /// A portion is dealt with, with these sums more.
    pub fn advance(&mut self, portion: &Portion, sums: Sums) {
        for letter in &portion.letters {
            self.put_aside(&letter.queue, &letter.reason);
        }
        for complaint in &portion.complaints {
            self.failed(complaint);
        }
        self.read = portion.read;
        self.sums.stored += sums.stored;
        self.sums.duplicates += sums.duplicates;
        self.sums.undated += sums.undated;
        if !self.bar.is_hidden() {
            self.bar.set_message(self.place());
        } else if self.told_at.elapsed() >= PAUSE {
            self.told_at = Instant::now();
            say(self.place());
        }
    }

    fn put_aside(&mut self, place: &str, reason: &str) {
        self.sums.put_aside += 1;
        let line = match self.sums.put_aside {
            ..=MOST_TOLD => format!("{}: put aside: {}", harmless(place), harmless(reason)),
            count if count == MOST_TOLD + 1 => "more is put aside, and counted".to_owned(),
            _ => return,
        };
        self.bar.suspend(|| complain(line));
    }

    /// Something could not be read.
    fn failed(&mut self, line: &str) {
        self.failures += 1;
        self.bar.suspend(|| complain(harmless(line)));
    }

    /// Where to go on if this is the end.
    fn place(&self) -> String {
        let read = counted(self.read, "message");
        format!("{read} read; to go on from here: --skip {}", self.read)
    }

    /// It ends before the end: tells the sums, and where to go on.
    pub fn interrupted(&self) {
        self.tell_sums();
        complain(self.place());
    }

    /// Tells the sums. Fails if something could not be read.
    pub fn end(self) -> Result<(), Exit> {
        self.tell_sums();
        match self.failures {
            0 => Ok(()),
            failures => Err(Exit::Failed(format!(
                "not everything could be read: {}, told above",
                counted(failures, "failure")
            ))),
        }
    }

    fn tell_sums(&self) {
        self.bar.finish_and_clear();
        let Sums {
            stored,
            duplicates,
            put_aside,
            undated,
        } = self.sums;
        say(match self.dry_run {
            true => format!(
                "{} would be stored where they are not there, {put_aside} would be put aside",
                counted(stored, "message")
            ),
            false => format!(
                "{} stored, {} recognised, {put_aside} put aside as dead letters",
                counted(stored, "message"),
                counted(duplicates, "duplicate")
            ),
        });
        if undated > 0 {
            let undated = counted(undated, "message");
            complain(format_args!(
                "{undated} without a readable time: what was not stored before has that of the import"
            ));
        }
    }
}
