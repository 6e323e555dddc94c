//! A file or standard input, unpacked by what it begins with and not by its name.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use memchr::memmem;

use super::patient::Patient;

/// So much is read at once, where so much is there, and looked at for what it is, in bytes.
const CHUNK: usize = 1 << 16;
/// What says how a file is packed is no longer.
const MAGIC: u64 = 6;
/// The path that stands for standard input.
const STDIN: &str = "-";

/// What is read; threads may pass it on.
pub type Unpacked = Box<dyn BufRead + Send>;

/// What files of other kinds begin with, and what to do with one.
const OTHERS: [(&[u8], &str); 4] = [
    (
        b"\xfd7zXZ\0",
        "it is packed by xz: unpack it on the way, `xz -dc FILE | nommer import`",
    ),
    (
        b"BZh",
        "it is packed by bzip2: unpack it on the way, `bzip2 -dc FILE | nommer import`",
    ),
    (
        b"PK\x03\x04",
        "it is a ZIP archive: unpack it on the way, `unzip -p FILE | nommer import`",
    ),
    (
        b"PGDMP",
        "it is a dump of a database: bring it back with pg_restore, into a database of its own",
    ),
];

/// What a file is called.
pub fn name(path: &Path) -> String {
    match path == Path::new(STDIN) {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

/// How many bytes there are to read; `None` if nobody knows.
pub fn length(paths: &[PathBuf]) -> Option<u64> {
    let length = |path: &PathBuf| {
        let file = path.metadata().ok().filter(Metadata::is_file)?;
        Some(file.len())
    };
    paths.iter().map(length).sum()
}

/// Opens it. `bar` goes on with each byte that is read of it, and `quiet` is called when it has to be waited for. An
/// error is a reason.
pub fn open(
    path: &Path,
    bar: &ProgressBar,
    quiet: impl FnMut() + Send + 'static,
) -> Result<Unpacked, String> {
    let cannot = |error: io::Error| format!("it cannot be read: {error}");
    let file = match path == Path::new(STDIN) {
        // Not by the library's buffer, behind which nobody sees what has come.
        true => File::from(io::stdin().as_fd().try_clone_to_owned().map_err(cannot)?),
        false => File::open(path).map_err(cannot)?,
    };
    let mut unpacked = unpack(bar.wrap_read(Patient::new(file, quiet))).map_err(cannot)?;
    let beginning = beginning(&mut unpacked).map_err(cannot)?;
    if let Some((_, advice)) = OTHERS
        .iter()
        .find(|(magic, _)| beginning.starts_with(magic))
    {
        return Err((*advice).to_owned());
    }
    match may_be_json(&beginning) {
        true => {
            let whole = Cursor::new(beginning).chain(unpacked);
            Ok(Box::new(BufReader::with_capacity(CHUNK, whole)))
        }
        false => Err("it does not begin as JSON does".to_owned()),
    }
}

/// The first bytes: as many as say that it may be JSON, or a chunk.
fn beginning(unpacked: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    while beginning.trim_ascii().is_empty() || !may_be_json(&beginning) {
        let more = unpacked.fill_buf()?;
        let count = more.len();
        if count == 0 || beginning.len() >= CHUNK {
            break;
        }
        beginning.extend_from_slice(more);
        unpacked.consume(count);
    }
    Ok(beginning)
}

fn unpack(mut packed: impl Read + Send + 'static) -> io::Result<Unpacked> {
    // Whole, though pipes pass on as little as they were given; and no more, as more may take its time.
    let mut head = Vec::new();
    packed.by_ref().take(MAGIC).read_to_end(&mut head)?;
    let magic = head.get(..4).unwrap_or_default().to_owned();
    let whole = Cursor::new(head).chain(BufReader::with_capacity(CHUNK, packed));
    Ok(match magic[..] {
        [0x1f, 0x8b, ..] => Box::new(BufReader::new(MultiGzDecoder::new(whole))),
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let decoder = zstd::Decoder::with_buffer(whole)?;
            Box::new(BufReader::new(decoder))
        }
        _ => Box::new(whole),
    })
}

/// Whether messages may be there, if only behind a first line that is garbled.
fn may_be_json(beginning: &[u8]) -> bool {
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let first = text.trim_ascii_start().first();
    matches!(first, None | Some(b'{' | b'[')) || memmem::find(text, b"\n{").is_some()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file.txt");
        std::fs::write(&path, bytes).expect("written");
        assert_eq!(
            length(std::slice::from_ref(&path)),
            Some(bytes.len() as u64)
        );
        let bar = ProgressBar::hidden();
        let mut text = String::new();
        let mut unpacked = open(&path, &bar, || {})?;
        unpacked
            .read_to_string(&mut text)
            .map_err(|error| error.to_string())?;
        assert_eq!(bar.position(), bytes.len() as u64);
        Ok(text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).expect("packed");
        encoder.finish().expect("packed")
    }

    #[test]
    fn files_are_unpacked_by_what_they_begin_with() {
        let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).expect("packed");
        for text in ["", "{}", "[{}]\n", "garbled\n{}"] {
            assert_eq!(read(text.as_bytes()).as_deref(), Ok(text));
            assert_eq!(read(&gzip(text)).as_deref(), Ok(text));
            assert_eq!(read(&zstd(text)).as_deref(), Ok(text));
        }
        // Files that were put behind each other.
        assert_eq!(
            read(&[gzip("{}\n"), gzip("{}")].concat()).as_deref(),
            Ok("{}\n{}")
        );
        assert_eq!(
            read(&[zstd("{}\n"), zstd("{}")].concat()).as_deref(),
            Ok("{}\n{}")
        );
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (bytes, expected) in [
            (&b"\xfd7zXZ\0\0"[..], "xz -dc"),
            (b"BZh91AY", "bzip2 -dc"),
            (b"PGDMP\x01\x0e", "pg_restore"),
            (b"topic,msg\na,b\n", "does not begin as JSON"),
            (&gzip("hello")[..], "does not begin as JSON"),
            (&gzip("{}")[..6], "cannot be read"),
        ] {
            let reason = read(bytes).expect_err("refused");
            assert!(reason.contains(expected), "{reason}");
        }
        let missing = open(Path::new("/no/such/file"), &ProgressBar::hidden(), || {});
        assert!(missing.is_err_and(|reason| reason.contains("No such file")));
        assert_eq!(length(&[PathBuf::from("-")]), None);
    }
}
