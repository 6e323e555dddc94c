//! JSON as a tree that folds, made on the server: members in their order, numbers as they are written, and nothing that
//! a message could make too long, too deep or too wide.

use pythonic::json::{Kind, Nest, Token, Tokens, text};

use crate::escape::escape_into;
use crate::pages::json_path::push_member;
use crate::pages::known::KnownNames;
use crate::pages::marks::cut;
use crate::pages::numbers::grouped;
use crate::pages::tree_value::{put_isolated, put_value};

/// Bytes of a text of which a tree is made: of a longer one there is the first part.
const MOST_BYTES: usize = 256 << 10;
/// Bytes of HTML beyond which no members are added.
const MOST_HTML: usize = 1 << 20;
/// How deep it is taken apart: what is nested deeper is shown as it is written.
const MOST_LEVELS: usize = 24;
/// How deep it is unfolded.
const OPEN_LEVELS: usize = 2;
/// Members that are shown where it is unfolded; the others are folded up.
const OPEN_MEMBERS: usize = 50;
/// Letters of a name that are shown.
const LONGEST_NAME: usize = 200;
/// Bytes of a path beyond which members do not tell theirs.
const LONGEST_PATH: usize = 400;
/// Members of what is folded up that are told beside it, letters of each, and tokens among which they are looked for.
const PEEK: (usize, usize, usize) = (3, 40, 16);

/// A tree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The tree as HTML.
    pub html: String,
    /// Whether all of the text is in it.
    pub is_whole: bool,
}

/// The tree of a JSON text; links lie below `root`.
pub fn tree(json: &str, known: &KnownNames, root: &str) -> Tree {
    let shown = start(json, MOST_BYTES);
    let tokens: Vec<Token> = Tokens::new(shown, MOST_LEVELS).collect();
    let sizes = sizes(&tokens);
    let mut writer = TreeWriter {
        html: String::new(),
        known,
        root,
        tokens: &tokens,
        path: "$".to_owned(),
        open: Vec::new(),
        name: None,
    };
    let mut is_whole = shown.len() == json.len();
    for (place, size) in sizes.into_iter().enumerate() {
        if writer.html.len() > MOST_HTML {
            is_whole = false;
            break;
        }
        writer.put(place, size);
    }
    while !writer.open.is_empty() {
        writer.close();
    }
    Tree {
        html: writer.html,
        is_whole,
    }
}

/// The text up to so many bytes.
fn start(text: &str, most: usize) -> &str {
    let mut ends = (0..=most.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

/// How many members what is opened by each token has.
fn sizes(tokens: &[Token]) -> Vec<usize> {
    let mut sizes = vec![0; tokens.len()];
    let mut open: Vec<usize> = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        if matches!(token, Token::Open(_) | Token::Value(..) | Token::Cut(..))
            && let Some(outer) = open.last()
        {
            sizes[*outer] += 1;
        }
        match token {
            Token::Open(_) => open.push(place),
            Token::Close => drop(open.pop()),
            _ => {}
        }
    }
    sizes
}

/// What was opened and is not closed yet.
struct Level {
    nest: Nest,
    /// Members that it has, and those that were written.
    size: usize,
    written: usize,
    /// Bytes of its path; `None` if that is too long to be told.
    path: Option<usize>,
    /// What closes it.
    closing: &'static str,
}

struct TreeWriter<'a> {
    html: String,
    known: &'a KnownNames,
    root: &'a str,
    tokens: &'a [Token<'a>],
    /// The path of the member that was written last.
    path: String,
    open: Vec<Level>,
    /// The name of the member whose value comes next, as it is written.
    name: Option<&'a str>,
}

const MORE_ENDS: &str = "</ul></details></li>";

impl TreeWriter<'_> {
    fn put(&mut self, place: usize, size: usize) {
        match self.tokens[place] {
            Token::Name(name) => self.name = Some(name),
            Token::Close => self.close(),
            Token::Open(nest) => self.open(place, nest, size),
            Token::Value(kind, value) => self.leaf(kind, value, false),
            Token::Cut(kind, value) => self.leaf(kind, value, true),
        }
    }

    fn leaf(&mut self, kind: Kind, value: &str, is_cut: bool) {
        if self.open.is_empty() {
            self.html.push_str("<div class=\"tree\">");
            put_value(&mut self.html, kind, value, is_cut, self.known, self.root);
            self.html.push_str("</div>");
            return;
        }
        self.begin_member();
        self.html.push_str("<li>");
        self.put_key();
        put_value(&mut self.html, kind, value, is_cut, self.known, self.root);
        self.html.push_str("</li>");
    }

    fn open(&mut self, place: usize, nest: Nest, size: usize) {
        let is_root = self.open.is_empty();
        if !is_root {
            self.begin_member();
            self.html.push_str("<li>");
        }
        let is_empty = self.tokens.get(place + 1) == Some(&Token::Close);
        let closing = match (is_root, is_empty) {
            (true, false) => {
                self.html.push_str("<ul class=\"tree\">");
                "</ul>"
            }
            (_, true) => {
                self.put_key();
                self.html.push_str(match nest {
                    Nest::Object => "<span class=\"json-word\">{}</span>",
                    Nest::List => "<span class=\"json-word\">[]</span>",
                });
                if is_root { "" } else { "</li>" }
            }
            (false, false) => {
                self.fold(place, nest, size);
                MORE_ENDS
            }
        };
        let path = self.open.last().is_none_or(|level| level.path.is_some());
        self.open.push(Level {
            nest,
            size,
            written: 0,
            path: Some(self.path.len()).filter(|bytes| path && *bytes < LONGEST_PATH),
            closing,
        });
    }

    /// The line of what can be folded.
    fn fold(&mut self, place: usize, nest: Nest, size: usize) {
        let is_open = self.open.len() <= OPEN_LEVELS;
        self.html.push_str(match is_open {
            true => "<details open><summary>",
            false => "<details><summary>",
        });
        self.put_key();
        let unit = match (nest, size) {
            (Nest::Object, 1) => "member",
            (Nest::Object, _) => "members",
            (Nest::List, 1) => "item",
            (Nest::List, _) => "items",
        };
        let size = grouped(size as u64);
        self.html.push_str(&format!("<small>{size} {unit}</small>"));
        if !is_open {
            self.peek(place);
        }
        self.html.push_str("</summary><ul>");
    }

    /// The first members of what is folded up, in a few words.
    fn peek(&mut self, place: usize) {
        let (most, letters, tokens) = PEEK;
        let mut told = Vec::new();
        let mut depth = 0;
        let mut name = None;
        for token in self.tokens.iter().skip(place + 1).take(tokens) {
            match token {
                Token::Open(_) => depth += 1,
                Token::Close if depth == 0 => break,
                Token::Close => depth -= 1,
                Token::Name(written) => name = Some(*written),
                Token::Value(_, value) if depth == 0 && told.len() < most => {
                    let of = name.map(|name| cut(&shown_name(name), letters) + ": ");
                    told.push(of.unwrap_or_default() + &cut(value, letters));
                }
                Token::Value(..) | Token::Cut(..) => {}
            }
        }
        if !told.is_empty() {
            self.html.push_str(" <span class=\"peek\">");
            put_isolated(&mut self.html, &told.join(", "));
            self.html.push_str("</span>");
        }
    }

    fn close(&mut self) {
        let Some(level) = self.open.pop() else { return };
        if level.written > OPEN_MEMBERS {
            self.html.push_str(MORE_ENDS);
        }
        self.html.push_str(level.closing);
    }

    /// Counts a member, and folds up those that are too many.
    fn begin_member(&mut self) {
        let Some(level) = self.open.last_mut() else {
            return;
        };
        if level.written == OPEN_MEMBERS {
            let more = grouped((level.size - level.written) as u64);
            let line = format!("<li><details><summary>{more} more</summary><ul>");
            self.html.push_str(&line);
        }
        level.written += 1;
    }

    /// The name or number of the member that was begun, with its path.
    fn put_key(&mut self) {
        let Some(level) = self.open.last() else {
            return;
        };
        let place = level.written.saturating_sub(1);
        let name = match (level.nest, self.name.take()) {
            (Nest::Object, Some(name)) => Some(shown_name(name)),
            _ => None,
        };
        self.html.push_str("<span class=\"key\"");
        if let Some(bytes) = level.path {
            self.path.truncate(bytes);
            match &name {
                Some(name) => push_member(&mut self.path, name),
                None => self.path.push_str(&format!("[{place}]")),
            }
            if self.path.len() < LONGEST_PATH {
                self.html.push_str(" title=\"");
                escape_into(&mut self.html, &self.path);
                self.html.push('"');
            }
        }
        self.html.push('>');
        match name.as_deref() {
            Some("") => self.html.push_str("&quot;&quot;"),
            Some(name) => put_isolated(&mut self.html, &cut(name, LONGEST_NAME)),
            None => self.html.push_str(&place.to_string()),
        }
        self.html.push_str("</span>: ");
    }
}

/// The name without quotes and escapes, as far as it can be had.
fn shown_name(written: &str) -> String {
    text(written).unwrap_or_else(|| written.to_owned())
}

#[cfg(test)]
mod tests;
