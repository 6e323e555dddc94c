//! The lines of a file or of standard input, compressed or not.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, stdin};

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;

/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Opens `name`, of which `-` is standard input.
pub fn open(name: &str) -> Result<Box<dyn BufRead>> {
    if name == "-" {
        return unpacked(stdin());
    }
    let file = File::open(name).with_context(|| format!("cannot open {name}"))?;
    unpacked(file).with_context(|| format!("cannot read {name}"))
}

/// Rotated logs are known by what they begin with and not by their names.
fn unpacked(source: impl Read + 'static) -> Result<Box<dyn BufRead>> {
    let mut source = BufReader::new(source);
    Ok(if source.fill_buf()?.starts_with(&GZIP) {
        Box::new(BufReader::new(MultiGzDecoder::new(source)))
    } else {
        Box::new(source)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn compressed_logs_are_unpacked() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"a\nb\n").expect("written");
        let packed = gzip.finish().expect("packed");
        // Logs that were put together one behind the other, too.
        let twice = [packed.clone(), packed].concat();
        for (bytes, expected) in [(twice, 4), (b"a\nb".to_vec(), 2), (Vec::new(), 0)] {
            let lines = unpacked(std::io::Cursor::new(bytes)).expect("read").lines();
            assert_eq!(lines.count(), expected);
        }
    }
}
