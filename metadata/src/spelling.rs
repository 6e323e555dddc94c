//! Finds misspelt functions, also where a trial run does not come along.

use minijinja::value::Value;
use minijinja::{Environment, ErrorKind};

/// The first function in a template or expression that does not exist, and
/// the line it stands on, counted from 0.
pub(crate) fn misspelt<'a>(env: &Environment, text: &'a str) -> Option<(usize, &'a str)> {
    let is_template = text.contains("{{") || text.contains("{%");
    let mut tokens = Tokens {
        text,
        at: 0,
        code: !is_template,
        is_template,
    };
    let mut state = env.empty_state();
    let (mut last, mut before) = ("", "");
    while let Some(token) = tokens.next() {
        let none = [Value::UNDEFINED];
        let unknown = match last {
            "|" => {
                state.apply_filter(token, &none).err().map(|e| e.kind())
                    == Some(ErrorKind::UnknownFilter)
            }
            "is" if before != "." && token != "not" && token.starts_with(char::is_alphabetic) => {
                state.perform_test(token, &none).err().map(|e| e.kind())
                    == Some(ErrorKind::UnknownTest)
            }
            _ => false,
        };
        if unknown {
            return Some((text[..tokens.at].matches('\n').count(), token));
        }
        // What follows `is not` is a test as well.
        if !(last == "is" && token == "not") {
            (before, last) = (last, token);
        }
    }
    None
}

/// Words and single characters of the code, without texts in quotes.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
    code: bool,
    is_template: bool,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            if !self.code {
                let start = [rest.find("{{"), rest.find("{%")]
                    .into_iter()
                    .flatten()
                    .min()?;
                self.at += start + 2;
                self.code = true;
            } else if self.is_template && (rest.starts_with("}}") || rest.starts_with("%}")) {
                self.at += 2;
                self.code = false;
            } else if first == '\'' || first == '"' {
                self.at += 1 + rest[1..].find(first).map_or(rest.len() - 1, |end| end + 1);
            } else if first.is_alphanumeric() || first == '_' {
                let end = rest
                    .find(|c: char| c != '_' && !c.is_alphanumeric())
                    .unwrap_or(rest.len());
                self.at += end;
                return Some(&rest[..end]);
            } else {
                self.at += first.len_utf8();
                if !first.is_whitespace() {
                    return Some(&rest[..first.len_utf8()]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::misspelt;

    #[test]
    fn finds_what_does_not_exist() {
        let env = crate::functions::environment();
        for (text, expected) in [
            (
                "a | pick('x|y') | listed if b is string and c is not defined",
                None,
            ),
            ("a if b else c | lsited", Some((0, "lsited"))),
            ("a if b is strin", Some((0, "strin"))),
            ("a if b is not\n strin", Some((1, "strin"))),
            ("this is | that {{ a | lower }} or | so", None),
            ("x\n{% if a %}{{ b|lowr }}{% endif %}", Some((1, "lowr"))),
            ("is.not | lower", None),
        ] {
            assert_eq!(misspelt(&env, text), expected, "{text}");
        }
    }
}
