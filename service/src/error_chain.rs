//! An error as the log has it.

use std::error::Error;

/// An error and what it came from, in one line. A cause that an error before it names in its own
/// text is not repeated.
pub fn error_chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        source = cause.source();
    }
    line.replace('\n', " ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::fmt::{self, Display, Formatter};

    use super::*;

    /// An error with this text that came from the next ones.
    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl Display for Layer {
        fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    fn check(texts: &[&'static str], expected: &str) {
        let chained = texts
            .iter()
            .rev()
            .fold(None, |cause, text| Some(Box::new(Layer(text, cause))));
        let error = chained.expect("a text");
        assert_eq!(error_chain(&*error), expected);
    }

    #[test]
    fn causes_are_told_in_order() {
        check(&["no answer"], "no answer");
        check(
            &["no answer", "no route", "link is down"],
            "no answer: no route: link is down",
        );
    }

    #[test]
    fn what_was_said_is_not_said_again() {
        check(
            &["no answer: no route", "no route", "link is down"],
            "no answer: no route: link is down",
        );
        check(&["refused", "", "refused"], "refused");
    }

    #[test]
    fn all_is_in_one_line() {
        check(
            &["refused", "line 1\nDETAIL: line 2\n"],
            "refused: line 1 DETAIL: line 2",
        );
    }
}
