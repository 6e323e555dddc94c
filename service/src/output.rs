//! Lines for whoever started the program, apart from its log.
//!
//! `println!` and `eprintln!` panic when nobody reads any more, as with `| head`. That is no
//! mistake, and no reason to leave work undone: what is said then is lost, and the program ends as
//! it would have.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// Prints a line on standard output.
pub fn say(line: impl Display) {
    let mut output = io::stdout().lock();
    if let Err(error) = write_line(&mut output, line) {
        complain(format_args!("cannot write to standard output: {error}"));
    }
}

/// Prints a line on standard error.
pub fn complain(line: impl Display) {
    // There is no place left to tell why not.
    let _ = write_line(&mut io::stderr().lock(), line);
}

/// Fails if the line could not be written though there is a reader.
fn write_line(output: &mut impl Write, line: impl Display) -> io::Result<()> {
    match writeln!(output, "{line}").and_then(|()| output.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails in one way.
    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_a_missing_reader_is_no_failure() {
        let written = |kind| write_line(&mut Failing(kind), "x").map_err(|error| error.kind());
        assert_eq!(written(ErrorKind::BrokenPipe), Ok(()));
        assert_eq!(written(ErrorKind::StorageFull), Err(ErrorKind::StorageFull));
        let mut line = Vec::new();
        write_line(&mut line, format_args!("{}", 1)).expect("written");
        assert_eq!(line, b"1\n");
    }
}
