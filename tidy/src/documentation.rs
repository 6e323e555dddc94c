//! Documentation names its subject: whoever comes by a jump has not read what stands above.

use syn::spanned::Spanned as _;
use syn::visit::Visit;

use crate::fault::Fault;
use crate::source::Source;

const MUTE: [&str; 5] = ["The same", "Those of", "That of", "These of", "Does it"];

/// Items whose documentation begins with a word for something that was said elsewhere.
#[must_use]
pub fn unnamed_subjects(sources: &[Source]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources {
        let mut lines = DocumentationLines(Vec::new());
        lines.visit_file(&source.syntax);
        let mut after_previous = None;
        for (line, text) in lines.0 {
            let first = after_previous != Some(line);
            after_previous = Some(line + 1);
            if let Some(words) = MUTE.iter().find(|words| text.trim().starts_with(**words))
                && first
            {
                let what = format!("documentation begins with `{words}`: name the subject");
                faults.push(Fault::new(&source.path, line, what));
            }
        }
    }
    faults
}

/// Each line of documentation with its number, in order.
struct DocumentationLines(Vec<(usize, String)>);

impl<'ast> Visit<'ast> for DocumentationLines {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let syn::Expr::Lit(literal) = &pair.value
            && let syn::Lit::Str(text) = &literal.lit
        {
            self.0.push((attribute.span().start().line, text.value()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let source = Source::parse("a/src/b.rs", text).expect("Rust");
        let faults = unnamed_subjects(&[source]);
        faults.iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn the_first_words_must_name_something() {
        assert_eq!(lines("/// The same, backwards.\nfn a() {}"), [1]);
        assert_eq!(
            lines("struct A {\n    /// Those of a day.\n    b: u8,\n}"),
            [2]
        );
        assert_eq!(lines("impl A {\n    /// Does it.\n    fn a() {}\n}"), [2]);
    }

    #[test]
    fn later_lines_and_code_may_say_anything() {
        assert_eq!(
            lines("/// Ids of a day.\n/// The same as those.\nfn a() {}"),
            [0; 0]
        );
        assert_eq!(lines("// The same\nfn a() { \"/// The same\"; }"), [0; 0]);
    }
}
