//! Where a dump goes, and how it is compressed on the way.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use flate2::write::GzEncoder;
use indicatif::{ProgressBar, ProgressStyle};

use crate::exit::Exit;

/// How a dump is compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Compression {
    /// By gzip.
    Gzip,
    /// By Zstandard.
    Zstd,
    /// Not at all.
    None,
}

impl Compression {
    /// What the name of a file promises.
    fn of(path: &Path) -> Self {
        match path.extension().and_then(|end| end.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// A dump that is written.
pub struct Output {
    encoder: Encoder,
    partial: Option<Partial>,
}

/// A file that has its name only once it is whole: a dump that was cut off is not taken for one.
struct Partial {
    file: File,
    path: PathBuf,
    whole: PathBuf,
}

type Target = BufWriter<Box<dyn Write>>;

enum Encoder {
    Plain(Target),
    Gzip(GzEncoder<Target>),
    Zstd(zstd::Encoder<'static, Target>),
}

impl Output {
    /// Begins to write to a file, which must not be there, or to standard output.
    pub fn open(path: Option<&Path>, compression: Option<Compression>) -> Result<Self, Exit> {
        let partial = path.map(Partial::make).transpose()?;
        let target: Box<dyn Write> = match &partial {
            Some(partial) => Box::new(partial.file.try_clone().map_err(|error| failed(&error))?),
            None => Box::new(io::stdout()),
        };
        let by_name = || path.map_or(Compression::None, Compression::of);
        let encoder = Encoder::new(
            compression.unwrap_or_else(by_name),
            BufWriter::with_capacity(1 << 16, target),
        );
        Ok(Self {
            encoder: encoder.map_err(|error| failed(&error))?,
            partial,
        })
    }

    /// A bar on standard error, hidden where that is no terminal, or where the dump goes to one.
    pub fn bar(&self, messages: u64) -> ProgressBar {
        if self.partial.is_none() && io::stdout().is_terminal() {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(messages);
        if let Ok(style) =
            ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {per_sec} {eta}")
        {
            bar.set_style(style);
        }
        bar
    }

    /// Writes what is left, and gives the file its name once the disk has all of it.
    pub fn finish(self) -> io::Result<()> {
        self.encoder.finish()?.flush()?;
        let Some(Partial { file, path, whole }) = self.partial else {
            return Ok(());
        };
        file.sync_all()?;
        fs::rename(&path, &whole)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.encoder {
            Encoder::Plain(target) => target.write(bytes),
            Encoder::Gzip(encoder) => encoder.write(bytes),
            Encoder::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.encoder {
            Encoder::Plain(target) => target.flush(),
            Encoder::Gzip(encoder) => encoder.flush(),
            Encoder::Zstd(encoder) => encoder.flush(),
        }
    }
}

impl Encoder {
    fn new(compression: Compression, target: Target) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::Plain(target),
            Compression::Gzip => Self::Gzip(GzEncoder::new(target, flate2::Compression::default())),
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(target, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                // As gzip has one.
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
        })
    }

    /// Writes what the compression has kept back.
    fn finish(self) -> io::Result<Target> {
        match self {
            Self::Plain(target) => Ok(target),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl Partial {
    fn make(whole: &Path) -> Result<Self, Exit> {
        let cannot = |path: &Path, error: &dyn std::fmt::Display| {
            Exit::Failed(format!("cannot make {}: {error}", path.display()))
        };
        if whole.exists() {
            return Err(cannot(whole, &"it is there already"));
        }
        let mut name = OsString::from(whole);
        name.push(".part");
        let path = PathBuf::from(name);
        // What another run has left is in nobody's way.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(|error| cannot(&path, &error))?;
        Ok(Self {
            file,
            path,
            whole: whole.to_owned(),
        })
    }
}

fn failed(error: &io::Error) -> Exit {
    Exit::Failed(format!("not written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_name_tells_the_compression() {
        for (name, expected) in [
            ("dump.json.gz", Compression::Gzip),
            ("/var/dump.ndjson.zst", Compression::Zstd),
            ("dump.json", Compression::None),
            ("gz", Compression::None),
        ] {
            assert_eq!(Compression::of(Path::new(name)), expected, "{name}");
        }
    }
}
