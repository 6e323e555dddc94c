//! `nommer support-bundle`

mod contents;
mod secrets;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use service::say;

use self::secrets::Secrets;
use crate::config::settings::Config;
use crate::exit::Exit;
use crate::words::counted;

/// What to gather, and where to.
#[derive(Clone, Debug, Args)]
pub struct BundleOptions {
    /// Where the bundle goes; what is there already stays [default: nommer-support-TIME.tar.gz in this folder].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A log file of which the last 10,000 lines are taken, in place of the journal's; may be given several times.
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
    /// A file with what else is to be taken out on each of its lines, such as grepper's tokens and passwords; may be given several times.
    #[arg(long, value_name = "FILE")]
    hide: Vec<PathBuf>,
}

/// Writes the bundle, and says what is in it.
pub fn run(config: &Config, options: &BundleOptions) -> Result<(), Exit> {
    let now = Utc::now();
    let folder = now.format("nommer-support-%Y%m%dT%H%M%SZ").to_string();
    let path = match &options.output {
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{folder}.tar.gz")),
    };
    let failed = |error: io::Error| Exit::Failed(format!("{}: {error}", path.display()));
    let secrets = Secrets::of(config, &options.hide).map_err(Exit::Config)?;
    let mut bundle = Bundle::create(&path, folder, now).map_err(failed)?;
    let mut files = 0;
    for (name, text) in contents::all(config, &options.log) {
        bundle.add(&name, &secrets.hidden(&text)).map_err(failed)?;
        files += 1;
    }
    bundle.finish().map_err(failed)?;
    let files = counted(files, "file");
    say(format_args!(
        "{}: {files}; read them before you give them away: there should be no password and no message",
        path.display()
    ));
    Ok(())
}

/// A compressed archive of one folder, which only its owner may read.
struct Bundle {
    tar: tar::Builder<GzEncoder<std::fs::File>>,
    folder: String,
    now: DateTime<Utc>,
}

impl Bundle {
    fn create(path: &Path, folder: String, now: DateTime<Utc>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        let tar = tar::Builder::new(GzEncoder::new(file, Compression::default()));
        Ok(Self { tar, folder, now })
    }

    fn add(&mut self, name: &str, text: &str) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(self.now.timestamp().max(0).unsigned_abs());
        let path = format!("{}/{name}", self.folder);
        self.tar.append_data(&mut header, path, text.as_bytes())
    }

    fn finish(self) -> io::Result<()> {
        self.tar.into_inner()?.finish()?.flush()
    }
}
