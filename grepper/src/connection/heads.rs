//! Where the head of a request may end.

use memchr::memchr_iter;

/// Looks for blank lines in what comes, piece by piece. A body may have some, too: whoever stops at
/// each only reads in smaller pieces.
#[derive(Default)]
pub struct Heads {
    /// Whether the line that has begun is more than its end.
    in_line: bool,
}

impl Heads {
    /// Goes over `piece` up to the first blank line and answers how many bytes that are, that line
    /// included; `None` if all of it was gone over.
    pub fn next_end(&mut self, piece: &[u8]) -> Option<usize> {
        let mut start = 0;
        for at in memchr_iter(b'\n', piece) {
            let is_blank = !self.in_line && is_end(&piece[start..at]);
            self.in_line = false;
            start = at + 1;
            if is_blank {
                return Some(start);
            }
        }
        self.in_line |= !is_end(&piece[start..]);
        None
    }
}

/// Whether this is nothing but the end of a line.
fn is_end(line: &[u8]) -> bool {
    line.iter().all(|byte| *byte == b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_line_ends_a_head_however_it_is_cut() {
        const TWO: &[u8] = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nHEAD /b HTTP/1.1\nHost: h\n\nrest";
        let first = TWO.len() - b"HEAD /b HTTP/1.1\nHost: h\n\nrest".len();
        let second = TWO.len() - b"rest".len();
        for cut in 0..TWO.len() {
            let mut heads = Heads::default();
            let mut ends = Vec::new();
            for (offset, piece) in [(0, &TWO[..cut]), (cut, &TWO[cut..])] {
                let mut at = 0;
                while let Some(end) = heads.next_end(&piece[at..]) {
                    at += end;
                    ends.push(offset + at);
                }
            }
            assert_eq!(ends, [first, second], "cut at {cut}");
        }
    }
}
