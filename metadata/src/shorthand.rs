//! Names for the expressions that a rule file needs more than once.

use std::collections::BTreeMap;

/// How deep names may use each other.
const DEEPEST: usize = 8;

/// The expressions that have a name in a file.
#[derive(Debug, Default)]
pub(crate) struct Shorthand(BTreeMap<String, String>);

impl Shorthand {
    /// Gives an expression a name.
    pub fn insert(&mut self, name: &str, expression: &str) {
        self.0.insert(name.to_owned(), expression.trim().to_owned());
    }

    /// The text with every `$name` replaced by the expression of that name, which may have names
    /// in it as well; an error is the reason why that cannot be.
    pub fn expand(&self, text: &str) -> Result<String, String> {
        let mut text = text.to_owned();
        // Names that use each other in a circle come to an end here.
        for _ in 0..DEEPEST {
            let expanded = self.expand_once(&text)?;
            if expanded == text {
                return Ok(text);
            }
            text = expanded;
        }
        Err("the names of [let] use each other in a circle".to_owned())
    }

    fn expand_once(&self, text: &str) -> Result<String, String> {
        let mut expanded = String::with_capacity(text.len());
        let mut parts = text.split('$');
        expanded.extend(parts.next());
        for part in parts {
            let end = part
                .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
                .unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            match self.0.get(name) {
                Some(expression) => expanded.extend(["(", expression, ")", rest]),
                None if name.is_empty() => expanded.extend(["$", part]),
                None => return Err(format!("there is no `{name}` in [let]")),
            }
        }
        Ok(expanded)
    }
}
