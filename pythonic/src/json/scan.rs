//! Cuts the text of a JSON object or array into the texts of its members.
//!
//! Nothing is decoded and nested values are passed over, so this is fast and
//! needs no stack. Mistakes inside a member show when it is decoded.

use std::ops::Range;

use memchr::memchr;

/// What `member` makes of each member of an object, given where its name, with
/// quotes, and its value are.
pub fn object<T>(
    text: &str,
    mut member: impl FnMut(Range<usize>, Range<usize>) -> T,
) -> Option<Vec<T>> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    scanner.members(b'{', b'}', |scanner| {
        let key = scanner.string()?;
        scanner.expect(b':')?;
        Some(member(key, scanner.value()?))
    })
}

/// The items of an array.
pub fn array<T>(text: &str, mut item: impl FnMut(Range<usize>) -> T) -> Option<Vec<T>> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    scanner.members(b'[', b']', |scanner| Some(item(scanner.value()?)))
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    /// The next byte that is not white space, which stays the next.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    fn members<T>(
        &mut self,
        open: u8,
        close: u8,
        mut member: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut members = Vec::new();
        self.expect(open)?;
        if self.peek()? != close {
            loop {
                members.push(member(self)?);
                if self.peek()? != b',' {
                    break;
                }
                self.at += 1;
            }
        }
        self.expect(close)?;
        self.peek().is_none().then_some(members)
    }

    fn value(&mut self) -> Option<Range<usize>> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => return self.string(),
            b'{' | b'[' => self.nested()?,
            _ => {
                let end = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                let rest = &self.bytes[start..];
                self.at += rest.iter().position(end).unwrap_or(rest.len());
            }
        }
        (self.at > start).then_some(start..self.at)
    }

    fn string(&mut self) -> Option<Range<usize>> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at;
        self.at += 1;
        self.end_of_string()?;
        Some(start..self.at)
    }

    /// From inside a string to behind its end. Most strings are too short for
    /// a search by vectors to pay.
    fn end_of_string(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let mut at = 0;
        loop {
            match *rest.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at += at + 1;
        Some(())
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => self.end_of_string()?,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => {}
            }
        }
    }
}

/// Whether a JSON string, quotes included, stands for itself.
pub fn is_plain(string: &str) -> bool {
    string.len() > 1 && string.ends_with('"') && memchr(b'\\', string.as_bytes()).is_none()
}

#[cfg(test)]
mod tests {
    use super::{array, object};

    #[test]
    fn finds_the_members() {
        let text = r#" { "a" : 1, "b\"}":[{"x":"]"},2] ,"c":"" } "#;
        let members = object(text, |key, value| (&text[key], &text[value])).unwrap();
        let expected = [
            (r#""a""#, "1"),
            (r#""b\"}""#, r#"[{"x":"]"},2]"#),
            (r#""c""#, r#""""#),
        ];
        assert_eq!(members, expected);
        let text = r#"[1.5e3,"\\",null , [[]]]"#;
        let items = array(text, |item| &text[item]).unwrap();
        assert_eq!(items, ["1.5e3", r#""\\""#, "null", "[[]]"]);
        assert_eq!(object("{}", |_, _| ()), Some(vec![]));
        assert_eq!(array(" [ ] ", |_| ()), Some(vec![]));
    }

    #[test]
    fn what_is_no_object_or_array_has_no_members() {
        for text in [
            "",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{}x",
            "{a:1}",
            "1",
            "{\"\\",
        ] {
            assert!(object(text, |_, _| ()).is_none(), "{text}");
        }
        for text in [
            "",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[]]",
            "[,]",
            "{}",
            "[\"",
            "[[]",
            "[{\"a\":]",
        ] {
            assert!(array(text, |_| ()).is_none(), "{text}");
        }
    }
}
