//! Where strings, members and items of a JSON text begin and end.
//!
//! Nothing is decoded and nested values are passed over, so this is fast and needs no stack.
//! Mistakes inside a member show when it is decoded.

use memchr::memchr;

/// What `member` makes of each member of an object, given the texts of its name, with quotes, and
/// of its value; `None` if `text` is no object.
pub fn object<'a, T>(
    text: &'a str,
    mut member: impl FnMut(&'a str, &'a str) -> T,
) -> Option<Vec<T>> {
    let mut scanner = Scanner::new(text);
    let members = scanner.members(|scanner, name| Some(member(name, scanner.value()?)))?;
    scanner.at_end().then_some(members)
}

/// What `item` makes of the text of each item of an array; `None` if `text` is no array.
pub fn array<'a, T>(text: &'a str, mut item: impl FnMut(&'a str) -> T) -> Option<Vec<T>> {
    let mut scanner = Scanner::new(text);
    let items = scanner.items(|scanner| Some(item(scanner.value()?)))?;
    scanner.at_end().then_some(items)
}

/// Whether a JSON string, quotes included, stands for itself.
pub fn is_plain(string: &str) -> bool {
    string.len() > 1 && string.ends_with('"') && memchr(b'\\', string.as_bytes()).is_none()
}

/// The length of a string's text after its opening quote, closing quote included; `None` if there
/// is none.
///
/// Most strings are too short for a search by vectors to pay.
#[inline]
pub(super) fn string_length(inner: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *inner.get(at)? {
            b'"' => return Some(at + 1),
            // The escaped character may be of several bytes, whose first is never a quote.
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// A JSON text and how far it has been read.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next byte that is not white space, which stays the next.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Whether nothing but white space is left.
    pub(super) fn at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    /// All that has not been read.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes over the byte that was the next.
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Passes over the name of a member and its colon; the name is given with its quotes.
    pub(super) fn name(&mut self) -> Option<&'a str> {
        let name = self.string()?;
        self.expect(b':')?;
        Some(name)
    }

    /// Passes over `byte`; `None` if something else comes next.
    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        if self.peek()? != byte {
            return None;
        }
        self.at += 1;
        Some(())
    }

    /// Passes over an object; `member` is given the name, with quotes, and must pass over the value.
    #[inline]
    pub(super) fn members<T>(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a str) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.list(b'{', b'}', |scanner| {
            let name = scanner.name()?;
            member(scanner, name)
        })
    }

    /// Passes over an array; `item` must pass over each item.
    #[inline]
    pub(super) fn items<T>(&mut self, item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.list(b'[', b']', item)
    }

    #[inline]
    fn list<T>(
        &mut self,
        open: u8,
        close: u8,
        mut entry: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut entries = Vec::new();
        self.expect(open)?;
        if self.peek()? != close {
            loop {
                entries.push(entry(self)?);
                if self.peek()? != b',' {
                    break;
                }
                self.at += 1;
            }
        }
        self.expect(close)?;
        Some(entries)
    }

    /// Passes over a value of any kind.
    #[inline]
    pub(super) fn value(&mut self) -> Option<&'a str> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'"' => return self.string(),
            b'{' | b'[' => self.nested()?,
            _ => {
                let end = |b: &u8| matches!(b, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                let rest = &self.text.as_bytes()[start..];
                self.at += rest.iter().position(end).unwrap_or(rest.len());
            }
        }
        if self.at == start {
            return None;
        }
        Some(&self.text[start..self.at])
    }

    /// Passes over a string, which is given with its quotes.
    #[inline]
    fn string(&mut self) -> Option<&'a str> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at;
        self.at += 1;
        self.end_of_string()?;
        Some(&self.text[start..self.at])
    }

    /// From inside a string to behind its end.
    #[inline]
    fn end_of_string(&mut self) -> Option<()> {
        self.at += string_length(self.text.as_bytes().get(self.at..)?)?;
        Some(())
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
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

#[cfg(test)]
mod tests {
    use super::{array, object};

    #[test]
    fn finds_the_members() {
        let text = r#" { "a" : 1, "b\"}":[{"x":"]"},2] ,"c":"" } "#;
        let members = object(text, |name, value| (name, value)).unwrap();
        let expected = [
            (r#""a""#, "1"),
            (r#""b\"}""#, r#"[{"x":"]"},2]"#),
            (r#""c""#, r#""""#),
        ];
        assert_eq!(members, expected);
        let text = r#"[1.5e3,"\\",null , [[]]]"#;
        let items = array(text, |item| item).unwrap();
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

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]{}:,\"\\\\a1é\u{10ffff} ]{0,24}") {
            object(&text, |_, _| ());
            array(&text, |_| ());
        }
    }
}
