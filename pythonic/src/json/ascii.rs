//! Text in printable ASCII, with all else as `\uXXXX`: Python leaves no other characters in JSON.
//!
//! DEL counts as unprintable there, though JSON allows it in a string. What is below the blank JSON
//! does not allow in a string: valid texts have it only between their tokens, where it stays.

use std::convert::Infallible;

const DEL: u8 = 0x7f;
const HEX_DIGITS: &str = "0123456789abcdef";

/// Whether the byte is written as itself.
pub(super) const fn is_printable(byte: u8) -> bool {
    byte < DEL
}

/// Appends `text` with each DEL and each character beyond ASCII as `\uXXXX` (two of them beyond
/// U+FFFF).
pub fn push_ascii(out: &mut String, text: &str) {
    let push = |piece: &str| {
        out.push_str(piece);
        Ok::<(), Infallible>(())
    };
    let Ok(()) = write_ascii(text, push);
}

/// Hands what [`push_ascii`] would append to `write`, piece by piece.
pub(super) fn write_ascii<E>(
    text: &str,
    mut write: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let mut rest = text;
    while let Some(at) = first_unprintable(rest.as_bytes()) {
        let (printable, tail) = rest.split_at(at);
        write(printable)?;
        let mut chars = tail.chars();
        let unprintable = chars.next().unwrap_or_default();
        for unit in unprintable.encode_utf16(&mut [0; 2]) {
            write("\\u")?;
            for shift in [12, 8, 4, 0] {
                let digit = usize::from(*unit >> shift & 0xf);
                write(&HEX_DIGITS[digit..=digit])?;
            }
        }
        rest = chars.as_str();
    }
    write(rest)
}

/// Where the first character is that [`write_ascii`] does not write as it is.
fn first_unprintable(bytes: &[u8]) -> Option<usize> {
    // Most texts have none, which the compiler tells for a whole chunk at once.
    const CHUNK: usize = 64;
    let printable = |chunk: &&[u8]| {
        chunk
            .iter()
            .fold(true, |all, byte| all & is_printable(*byte))
    };
    let skipped = CHUNK * bytes.chunks_exact(CHUNK).take_while(printable).count();
    let at = bytes[skipped..]
        .iter()
        .position(|byte| !is_printable(*byte))?;
    Some(skipped + at)
}
