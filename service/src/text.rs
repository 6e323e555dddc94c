//! Texts in files that operators name.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// No settings are as large: what has more is another file, or a device without an end.
const MOST_BYTES: u64 = 16 << 20;

/// The text of a file. Fails with words of its own if that has more than 16 MiB.
pub fn text_of(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(MOST_BYTES + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::other("it has more than 16 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_to_it() {
        let error = text_of(Path::new("/dev/zero")).expect_err("no end");
        assert_eq!(error.to_string(), "it has more than 16 MiB");
        assert_eq!(text_of(Path::new("/dev/null")).expect("empty"), "");
    }
}
