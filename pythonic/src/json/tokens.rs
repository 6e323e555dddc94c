//! A JSON text token by token, as far as it goes: of a text that was cut there is all that came before the cut.

use super::pretty::Kind;
use super::scan::Scanner;

/// A token of a JSON text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Token<'a> {
    /// The beginning of an object or a list, whose members follow up to its [`Token::Close`].
    Open(Nest),
    /// The end of what was opened last.
    Close,
    /// The name of a member, with its quotes; its value follows.
    Name(&'a str),
    /// A value that has no members, or is nested too deep to be taken apart: that is [`Kind::Raw`].
    Value(Kind, &'a str),
    /// The beginning of such a value, the rest of which was cut off: the last token.
    Cut(Kind, &'a str),
}

/// What has members.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nest {
    /// Members have names.
    Object,
    /// Members have none.
    List,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Next {
    Value,
    /// A first member, or the end.
    First,
    /// Another member, or the end.
    Other,
    Nothing,
}

/// The tokens of a text. They end where the text does, or where it is no JSON.
pub struct Tokens<'a> {
    scanner: Scanner<'a>,
    open: Vec<Nest>,
    levels: usize,
    next: Next,
}

impl<'a> Tokens<'a> {
    /// What is nested deeper than so many levels is not taken apart.
    pub fn new(json: &'a str, levels: usize) -> Self {
        Self {
            scanner: Scanner::new(json),
            open: Vec::new(),
            levels,
            next: Next::Value,
        }
    }

    fn token(&mut self) -> Option<Token<'a>> {
        let byte = self.scanner.peek()?;
        match (self.next, byte) {
            (Next::Nothing, _) => None,
            (Next::Value, _) => self.value(byte),
            (Next::First | Next::Other, b'}' | b']') => self.close(byte),
            (Next::First, _) => self.member(byte),
            (Next::Other, b',') => {
                self.scanner.skip();
                let byte = self.scanner.peek()?;
                self.member(byte)
            }
            (Next::Other, _) => None,
        }
    }

    fn member(&mut self, byte: u8) -> Option<Token<'a>> {
        self.next = Next::Value;
        match self.open.last()? {
            Nest::List => self.value(byte),
            Nest::Object => self.scanner.name().map(Token::Name),
        }
    }

    fn value(&mut self, byte: u8) -> Option<Token<'a>> {
        let nest = match byte {
            b'{' => Some(Nest::Object),
            b'[' => Some(Nest::List),
            _ => None,
        };
        if let Some(nest) = nest.filter(|_| self.open.len() < self.levels) {
            self.scanner.skip();
            self.open.push(nest);
            self.next = Next::First;
            return Some(Token::Open(nest));
        }
        self.next = self.behind_a_value();
        let kind = match byte {
            b'"' => Kind::String,
            b'-' | b'0'..=b'9' => Kind::Number,
            b't' | b'f' | b'n' => Kind::Word,
            _ => Kind::Raw,
        };
        let rest = self.scanner.rest();
        let value = self.scanner.value();
        let is_cut = |value: &str| !self.open.is_empty() && value.len() == rest.len();
        match (kind, value) {
            // A number of which digits are missing is another number.
            (Kind::Number | Kind::Word, Some(value)) if is_cut(value) => None,
            (_, Some(value)) => Some(Token::Value(kind, value)),
            (Kind::String | Kind::Raw, None) if matches!(byte, b'"' | b'{' | b'[') => {
                self.next = Next::Nothing;
                Some(Token::Cut(kind, rest))
            }
            (_, None) => None,
        }
    }

    fn close(&mut self, byte: u8) -> Option<Token<'a>> {
        let nest = self.open.pop()?;
        if (byte == b'}') != (nest == Nest::Object) {
            return None;
        }
        self.scanner.skip();
        self.next = self.behind_a_value();
        Some(Token::Close)
    }

    fn behind_a_value(&self) -> Next {
        match self.open.is_empty() {
            true => Next::Nothing,
            false => Next::Other,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.token();
        if token.is_none() {
            self.next = Next::Nothing;
        }
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens as a text, blanks between them.
    fn told(json: &str, levels: usize) -> String {
        let token = |token| match token {
            Token::Open(Nest::Object) => "{".to_owned(),
            Token::Open(Nest::List) => "[".to_owned(),
            Token::Close => "end".to_owned(),
            Token::Name(name) => format!("{name}:"),
            Token::Value(Kind::Raw, text) => format!("raw {text}"),
            Token::Value(_, text) => text.to_owned(),
            Token::Cut(_, text) => format!("cut {text}"),
        };
        let tokens: Vec<String> = Tokens::new(json, levels).map(token).collect();
        tokens.join(" ")
    }

    #[test]
    fn all_of_a_text_is_told() {
        for (json, expected) in [
            (
                r#" {"a": [1.10, -0.0, []], "b": {}, "a": "x, ]"} "#,
                r#"{ "a": [ 1.10 -0.0 [ end end "b": { end "a": "x, ]" end"#,
            ),
            ("12345678901234567890123", "12345678901234567890123"),
            (r#""""#, r#""""#),
            ("null", "null"),
            ("", ""),
        ] {
            assert_eq!(told(json, 9), expected);
        }
    }

    #[test]
    fn what_is_nested_too_deep_is_one_piece() {
        assert_eq!(told("[[1,[2]],3]", 1), "[ raw [1,[2]] 3 end");
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(Tokens::new(&deep, 24).count(), 24 + 1 + 24);
        assert_eq!(Tokens::new(&deep, usize::MAX).count(), 400_000);
    }

    #[test]
    fn of_a_text_that_was_cut_there_is_what_came_before() {
        for (json, expected) in [
            (r#"{"a": 1, "b": 23"#, r#"{ "a": 1 "b":"#),
            (r#"{"a": 1, "b": "xy"#, r#"{ "a": 1 "b": cut "xy"#),
            (r#"{"a": 1, "b"#, r#"{ "a": 1"#),
            (r#"{"a": tru"#, r#"{ "a":"#),
            ("[1, [2, ", "[ 1 [ 2"),
            ("[[[1, 2", "[ [ cut [1, 2"),
            ("[1}", "[ 1"),
            ("[,]", "["),
            ("[1 2]", "[ 1"),
            ("{1: 2}", "{"),
            ("1 2", "1"),
        ] {
            assert_eq!(told(json, 2), expected, "{json}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]{}:,\"\\\\a1é ]{0,24}", levels in 0..4_usize) {
            Tokens::new(&text, levels).count();
        }

        #[test]
        fn a_cut_text_tells_the_same_up_to_its_end(end in 0..120_usize) {
            let json = r#"{"a": [1.10, {"b": "text"}, [], true], "c": {"d": null, "e": "x"}, "f": 1e5}"#;
            let all: Vec<Token> = Tokens::new(json, 9).collect();
            let cut: Vec<Token> = Tokens::new(&json[..end.min(json.len())], 9).collect();
            let whole = cut.iter().filter(|token| !matches!(token, Token::Cut(..)));
            proptest::prop_assert!(whole.zip(&all).all(|(one, other)| one == other));
        }
    }
}
