//! What is printed past `service::say` and `service::complain`, and so panics when nobody reads it.

use syn::visit::{self, Visit};

use crate::fault::Fault;
use crate::source::Source;

const MACROS: [&str; 4] = ["print", "println", "eprint", "eprintln"];

/// Calls of the printing macros in programs and libraries. Tests, benchmarks and examples may: who
/// reads those stays.
#[must_use]
pub fn printing(sources: &[Source]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.path.contains("/src/"))
    {
        let mut search = Printing {
            file: &source.path,
            faults: &mut faults,
        };
        search.visit_file(&source.syntax);
    }
    faults
}

struct Printing<'a> {
    file: &'a str,
    faults: &'a mut Vec<Fault>,
}

impl<'ast> Visit<'ast> for Printing<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let of_tests = |attribute: &syn::Attribute| {
            attribute.path().is_ident("cfg")
                && attribute
                    .parse_args::<syn::Ident>()
                    .is_ok_and(|condition| condition == "test")
        };
        if !module.attrs.iter().any(of_tests) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last()
            && MACROS.iter().any(|known| last.ident == known)
        {
            let instead = if last.ident.to_string().starts_with('e') {
                "complain"
            } else {
                "say"
            };
            let what = format!(
                "`{}!` panics without a reader: `service::{instead}`",
                last.ident
            );
            let line = last.ident.span().start().line;
            self.faults.push(Fault::new(self.file, line, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let source = Source::parse(path, text).expect("Rust");
        printing(&[source]).iter().map(|fault| fault.line).collect()
    }

    #[test]
    fn only_programs_and_libraries_may_not_print() {
        let text = "fn a() {\n    print!(\"1\");\n    std::eprintln!();\n    eprintln_other!();\n}";
        assert_eq!(lines("a/src/b.rs", text), [2, 3]);
        assert_eq!(lines("a/tests/b.rs", text), [0; 0]);
        let closure = "fn a() { b(|| println!()) }";
        assert_eq!(lines("a/src/bin/b.rs", closure), [1]);
        let tests = format!("#[cfg(test)]\nmod tests {{ {text} }}");
        assert_eq!(lines("a/src/b.rs", &tests), [0; 0]);
    }
}
