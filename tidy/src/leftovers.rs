//! What is for the hour of writing only: ignored tests, `todo!` and `dbg!`.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::fault::Fault;
use crate::source::Source;

const MACROS: [&str; 3] = ["dbg", "todo", "unimplemented"];

/// Places where something of it is left.
#[must_use]
pub fn leftovers(sources: &[Source]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources {
        let mut search = Leftovers {
            file: &source.path,
            faults: &mut faults,
        };
        search.visit_file(&source.syntax);
    }
    faults
}

struct Leftovers<'a> {
    file: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl Leftovers<'_> {
    fn note(&mut self, line: usize, what: String) {
        self.faults.push(Fault::new(self.file, line, what));
    }

    /// Macros in the arguments of macros are tokens only.
    fn look_into(&mut self, tokens: TokenStream) {
        let mut previous: Option<proc_macro2::Ident> = None;
        for token in tokens {
            match &token {
                TokenTree::Group(group) => self.look_into(group.stream()),
                TokenTree::Punct(punct) if punct.as_char() == '!' => {
                    if let Some(name) = previous.take()
                        && MACROS.iter().any(|known| name == known)
                    {
                        self.note(name.span().start().line, format!("`{name}!` is left"));
                    }
                }
                _ => {}
            }
            previous = match token {
                TokenTree::Ident(name) => Some(name),
                _ => None,
            };
        }
    }
}

impl<'ast> Visit<'ast> for Leftovers<'_> {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("ignore") {
            let line = attribute.span().start().line;
            self.note(line, "an ignored test: mend it or take it out".to_owned());
        }
        visit::visit_attribute(self, attribute);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last()
            && MACROS.iter().any(|known| last.ident == known)
        {
            let line = last.ident.span().start().line;
            self.note(line, format!("`{}!` is left", last.ident));
        }
        self.look_into(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let source = Source::parse("a/src/b.rs", text).expect("Rust");
        leftovers(&[source])
            .iter()
            .map(|fault| fault.line)
            .collect()
    }

    #[test]
    fn ignored_tests_are_found() {
        assert_eq!(lines("#[test]\n#[ignore]\nfn a() {}"), [2]);
        assert_eq!(lines("#[test]\n#[ignore = \"slow\"]\nfn a() {}"), [2]);
        assert_eq!(lines("/// #[ignore]\nfn ignore() {}"), [0; 0]);
    }

    #[test]
    fn macros_of_the_hour_are_found_wherever_they_stand() {
        assert_eq!(lines("fn a() {\n    todo!()\n}"), [2]);
        assert_eq!(lines("fn a() {\n    std::dbg!(1);\n}"), [2]);
        assert_eq!(
            lines("fn a() {\n    assert!(\n        dbg!(1) == 1\n    );\n}"),
            [3]
        );
        assert_eq!(
            lines("fn todo() -> bool { !dbg && \"todo!\" != dbg }"),
            [0; 0]
        );
    }
}
