//! JSON for reading: indented, members in the order of their names, tokens as they came.

use std::borrow::Cow;

use super::scan::{Scanner, is_plain};

/// How a text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Blanks for each level of nesting.
    pub indent: usize,
    /// How many levels of nesting get lines of their own; what is deeper stays as it came.
    pub levels: usize,
}

/// What a piece of laid out text is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Brackets, commas, colons, blanks and line breaks.
    Layout,
    /// The name of a member, with its quotes.
    Name,
    /// A string, with its quotes.
    String,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
    /// What is nested too deep, or no JSON.
    Raw,
}

/// Levels of nesting that get lines of their own: nobody reads deeper, and each line there would be
/// mostly blanks.
const MOST_LEVELS: usize = 50;
/// Bytes of a text that is laid out: cut into its parts it takes many times as much memory.
const LONGEST: usize = 1 << 20;
/// Bytes of a text that was laid out; what would be longer stays as it is.
pub const LONGEST_LAID_OUT: usize = 8 << 20;

/// The JSON text on many lines, as Python indents and sorts it. Text that is no JSON stays as it is,
/// and so does what is larger than anybody reads: more than 1 MiB, or 8 MiB once it is laid out.
pub fn pretty(json: &str, indent: usize) -> String {
    if json.len() > LONGEST {
        return json.to_owned();
    }
    let layout = Layout {
        indent,
        levels: MOST_LEVELS,
    };
    let mut out = String::with_capacity(json.len() * 2);
    lay_out(json, layout, |_, piece| {
        if out.len() <= LONGEST_LAID_OUT {
            out.push_str(piece);
        }
    });
    if out.len() > LONGEST_LAID_OUT {
        return json.to_owned();
    }
    out
}

/// Hands the JSON text to `write` piece by piece, laid out over many lines. Of members with equal
/// names only the last is there. Text that is no JSON is one piece.
pub fn lay_out(json: &str, layout: Layout, write: impl FnMut(Kind, &str)) {
    let mut scanner = Scanner::new(json);
    let node = Node::parse(&mut scanner, layout.levels).filter(|_| scanner.at_end());
    let node = node.unwrap_or_else(|| Node::Leaf(Kind::Raw, json.trim()));
    let mut printer = Printer {
        indent: layout.indent,
        depth: 0,
        write,
    };
    printer.node(&node);
}

/// A value cut into the texts of its scalars.
enum Node<'a> {
    Leaf(Kind, &'a str),
    Array(Vec<Node<'a>>),
    Object(Vec<Member<'a>>),
}

struct Member<'a> {
    /// The name as it is written: it may hold lone surrogates, which no string has.
    written: &'a str,
    /// The name without escapes, if it can be had.
    name: Cow<'a, str>,
    value: Node<'a>,
}

impl<'a> Node<'a> {
    fn parse(scanner: &mut Scanner<'a>, levels: usize) -> Option<Self> {
        match scanner.peek()? {
            b'{' if levels > 0 => {
                let members = scanner.members(|scanner, written| {
                    Some(Member {
                        written,
                        name: decoded(written),
                        value: Self::parse(scanner, levels - 1)?,
                    })
                })?;
                Some(Self::Object(sorted(members)))
            }
            b'[' if levels > 0 => scanner
                .items(|scanner| Self::parse(scanner, levels - 1))
                .map(Self::Array),
            first => {
                let kind = match first {
                    b'"' => Kind::String,
                    b'-' | b'0'..=b'9' => Kind::Number,
                    b't' | b'f' | b'n' => Kind::Word,
                    _ => Kind::Raw,
                };
                scanner.value().map(|text| Self::Leaf(kind, text))
            }
        }
    }
}

fn decoded(name: &str) -> Cow<'_, str> {
    if is_plain(name) {
        return Cow::Borrowed(&name[1..name.len() - 1]);
    }
    serde_json::from_str(name).map_or(Cow::Borrowed(name), Cow::Owned)
}

/// The members in the order of their names; of equal names the last counts.
fn sorted(mut members: Vec<Member<'_>>) -> Vec<Member<'_>> {
    members.reverse();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    members.dedup_by(|later, kept| later.name == kept.name);
    members
}

struct Printer<W> {
    indent: usize,
    depth: usize,
    write: W,
}

impl<W: FnMut(Kind, &str)> Printer<W> {
    fn node(&mut self, node: &Node) {
        match node {
            Node::Leaf(kind, text) => (self.write)(*kind, text),
            Node::Array(items) => self.list(["[", "]"], items, |printer, item| {
                printer.node(item);
            }),
            Node::Object(members) => self.list(["{", "}"], members, |printer, member| {
                (printer.write)(Kind::Name, member.written);
                (printer.write)(Kind::Layout, ": ");
                printer.node(&member.value);
            }),
        }
    }

    fn list<T>(
        &mut self,
        [open, close]: [&str; 2],
        entries: &[T],
        mut entry: impl FnMut(&mut Self, &T),
    ) {
        (self.write)(Kind::Layout, open);
        self.depth += 1;
        for (index, item) in entries.iter().enumerate() {
            self.new_line(if index > 0 { ",\n" } else { "\n" });
            entry(self, item);
        }
        self.depth -= 1;
        if !entries.is_empty() {
            self.new_line("\n");
        }
        (self.write)(Kind::Layout, close);
    }

    fn new_line(&mut self, line_break: &str) {
        const BLANKS: &str = "                                                                ";
        (self.write)(Kind::Layout, line_break);
        let mut missing = self.indent * self.depth;
        while missing > 0 {
            let blanks = missing.min(BLANKS.len());
            (self.write)(Kind::Layout, &BLANKS[..blanks]);
            missing -= blanks;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &str) {
        assert_eq!(pretty(json, 2), expected, "{json}");
    }

    #[test]
    fn keys_are_sorted() {
        check("{}", "{}");
        check(" [ ] ", "[]");
        check("1e5", "1e5");
        check(
            r#"{"b":[1, {"x":"}\""}],"a":{ },"c":[[]]}"#,
            "{\n  \"a\": {},\n  \"b\": [\n    1,\n    {\n      \"x\": \"}\\\"\"\n    }\n  ],\n  \"c\": [\n    []\n  ]\n}",
        );
    }

    #[test]
    fn the_last_of_equal_names_counts() {
        check(
            r#"{"b":1,"a":1,"\u0061":2,"\ud800":3}"#,
            "{\n  \"\\ud800\": 3,\n  \"\\u0061\": 2,\n  \"b\": 1\n}",
        );
    }

    #[test]
    fn text_that_is_no_json_stays_as_it_is() {
        for text in ["", "{", "{} x", "[1,]", "{\"a\" 1}"] {
            check(text, text);
        }
    }

    #[test]
    fn what_is_nested_too_deep_stays_as_it_came() {
        let mut text = String::new();
        let layout = Layout {
            indent: 1,
            levels: 1,
        };
        lay_out("[[1,[2]],{\"b\":1,\"a\":2}]", layout, |_, piece| {
            text.push_str(piece);
        });
        assert_eq!(text, "[\n [1,[2]],\n {\"b\":1,\"a\":2}\n]");
        let deep = "[".repeat(5000) + &"]".repeat(5000);
        assert_eq!(pretty(&deep, 0).replace('\n', ""), deep);
    }

    #[test]
    fn what_is_laid_out_is_bounded() {
        let items = |number: usize| vec!["1"; number].join(", ");
        let nested = |levels: usize, inner: &str| {
            let open = r#"{"a": "#.repeat(levels);
            format!("{open}[{inner}]{}", "}".repeat(levels))
        };
        // As deep as a body may be.
        let deep = nested(898, &items(100_000));
        assert!(pretty(&deep, 4).len() < 2 * deep.len());
        let lines = nested(48, &items(100_000));
        assert_eq!(pretty(&lines, 4), lines);
        let long = nested(1, &items(400_000));
        assert_eq!(pretty(&long, 4), long);
        let readable = nested(10, &items(10_000));
        assert_eq!(pretty(&readable, 4).lines().count(), 10_022);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]{}:,\"\\\\a1é ]{0,24}") {
            pretty(&text, 2);
        }
    }
}
