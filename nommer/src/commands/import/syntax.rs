//! Where a JSON object ends, and whether something in it cannot be JSON.
//!
//! It looks at no more than strings and brackets, and at which bytes may stand outside of strings: enough to notice
//! soon that a quote or a bracket is missing, so that what follows is not taken for a part of this. That what looks
//! right is JSON shows when it is decoded.

/// No message is nested deeper, pages included: what is, is many that do not end.
const DEEPEST: usize = 1000;

/// How far an object is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// It goes on.
    Within,
    /// It ends with this byte.
    Ends,
    /// This byte cannot be there.
    Breaks,
}

/// An object while its bytes come.
#[derive(Default)]
pub struct Syntax {
    /// The brackets that are open.
    open: Vec<u8>,
    quoted: Quoted,
    /// The last byte outside of strings that is no blank, or the quote of one.
    last: u8,
}

/// Where in a string the next byte stands.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
enum Quoted {
    #[default]
    Outside,
    Inside,
    Escaped,
}

impl Syntax {
    /// Looks at the next byte, of which the first must be a brace.
    pub fn take(&mut self, byte: u8) -> Step {
        match (self.quoted, byte) {
            (Quoted::Escaped, b' '..) => self.quoted = Quoted::Inside,
            (Quoted::Inside, b'\\') => self.quoted = Quoted::Escaped,
            (Quoted::Inside, b'"') => self.quoted = Quoted::Outside,
            (Quoted::Inside, b' '..) => {}
            (Quoted::Outside, _) => return self.outside(byte),
            // A line ends, or what is no text begins.
            (Quoted::Inside | Quoted::Escaped, _) => return Step::Breaks,
        }
        Step::Within
    }

    fn outside(&mut self, byte: u8) -> Step {
        let is_right = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return Step::Within,
            b'{' | b'[' => {
                let right = self.may_be_value() || (self.open.is_empty() && byte == b'{');
                self.open.push(byte);
                right && self.open.len() <= DEEPEST
            }
            b'"' => {
                self.quoted = Quoted::Inside;
                self.may_be_value() || (self.is_in(b'{') && matches!(self.last, b'{' | b','))
            }
            b'}' => self.open.pop() == Some(b'{'),
            b']' => self.open.pop() == Some(b'['),
            b',' | b':' => !self.open.is_empty(),
            // Numbers, literals, and those of Python.
            b'0'..=b'9' | b'+' | b'-' | b'.' | b'E' | b'N' | b'I' => !self.open.is_empty(),
            b'a' | b'e' | b'f' | b'i' | b'l' | b'n' | b'r' | b's' | b't' | b'u' | b'y' => {
                !self.open.is_empty()
            }
            _ => false,
        };
        self.last = byte;
        match (is_right, self.open.is_empty()) {
            (false, _) => Step::Breaks,
            (true, true) => Step::Ends,
            (true, false) => Step::Within,
        }
    }

    fn is_in(&self, bracket: u8) -> bool {
        self.open.last() == Some(&bracket)
    }

    /// Whether a string, an object or an array may begin here as a value.
    fn may_be_value(&self) -> bool {
        match self.open.last() {
            Some(b'{') => self.last == b':',
            Some(_) => matches!(self.last, b'[' | b','),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes are taken, and what the last one is.
    fn taken(text: &str) -> (usize, Step) {
        let mut syntax = Syntax::default();
        let steps = text.bytes().map(|byte| syntax.take(byte));
        let (at, step) = (1..)
            .zip(steps)
            .find(|(_, step)| *step != Step::Within)
            .unwrap_or((text.len(), Step::Within));
        (at, step)
    }

    #[test]
    fn an_object_ends_with_its_brace() {
        for text in [
            "{}",
            r#"{"a": {"b": [1, {"c": null}, "}"], "d\"}": -1.5e+3}, "é": true}"#,
            "{\n \"a\" : [ ] ,\t\"b\": NaN, \"c\": -Infinity, \"d\": [[], [\"\"]], \"e\": false }",
        ] {
            let more = format!("{text}, {{}}");
            assert_eq!(taken(&more), (text.len(), Step::Ends), "{text}");
        }
        assert_eq!(taken(r#"{"a": "}"#).1, Step::Within);
    }

    #[test]
    fn what_cannot_be_there_is_noticed_where_it_stands() {
        for (right, wrong) in [
            ("", "["),
            ("", "5"),
            ("", "}"),
            (r#"{"a": 1"#, "]"),
            (r#"{"a": [1"#, "}"),
            // A line that is cut, and the next one.
            (r#"{"a": "tex"#, "\n"),
            (r#"{"a": "tex\"#, "\n"),
            ("{\"a\": {\"b\": 1}\n", "{"),
            ("{\"a\": 1,\n", "{"),
            ("{\"a\": [1\n", "{"),
            ("{\"a\"\n", "{"),
            // A quote is missing.
            (r#"{"a": "b, ""#, "c"),
            (r#"{"a": "b"#.trim_end_matches('b'), "\u{1}"),
            (r#"{"a": "b" "#, "\""),
            (r#"{"a": 5 "#, "\""),
            ("{", "x"),
        ] {
            let text = format!("{right}{wrong}");
            assert_eq!(taken(&text), (right.len() + 1, Step::Breaks), "{text}");
        }
    }
}
