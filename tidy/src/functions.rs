//! Functions fit on a screen.

use proc_macro2::Span;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::fault::Fault;
use crate::modules::is_for_tests;
use crate::source::Source;

/// Functions with more than `limit` lines from `fn` to the closing brace; those of tests are left out.
#[must_use]
pub fn long_functions(sources: &[Source], limit: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| !source.is_for_tests()) {
        let mut search = LongFunctions {
            file: &source.path,
            limit,
            faults: &mut faults,
        };
        search.visit_file(&source.syntax);
    }
    faults
}

struct LongFunctions<'a> {
    file: &'a str,
    limit: usize,
    faults: &'a mut Vec<Fault>,
}

impl LongFunctions<'_> {
    fn measure(&mut self, signature: &syn::Signature, end: Span) {
        let first = signature.span().start().line;
        let lines = end.end().line + 1 - first;
        if lines > self.limit {
            let (name, limit) = (&signature.ident, self.limit);
            let what = format!("`{name}` has {lines} lines, more than {limit}: divide it");
            self.faults.push(Fault::new(self.file, first, what));
        }
    }
}

impl<'ast> Visit<'ast> for LongFunctions<'_> {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_for_tests(&function.attrs) {
            self.measure(&function.sig, function.block.span());
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, function.block.span());
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.measure(&function.sig, block.span());
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        let source = Source::parse(path, text).expect("Rust");
        let faults = long_functions(&[source], 3);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_function_is_counted_from_fn_to_its_brace() {
        assert_eq!(
            found("a/src/b.rs", "/// A.\n#[inline]\nfn a() {\n\n}"),
            [""; 0]
        );
        let long = "struct S;\nimpl S {\n    fn a(\n        b: u8,\n    ) {\n    }\n}";
        let what = "a/src/b.rs:3: `a` has 4 lines, more than 3: divide it";
        assert_eq!(found("a/src/b.rs", long), [what]);
        assert_eq!(
            found("a/src/b.rs", "trait T {\nfn a() {\n\n\n}\n}").len(),
            1
        );
        assert_eq!(
            found("a/src/b.rs", "fn a() {}\nfn b() {\nfn c() {\n\n\n}\n}").len(),
            2
        );
    }

    #[test]
    fn tests_may_be_long() {
        let long = "fn a() {\n\n\n}";
        assert_eq!(found("a/tests/b.rs", long), [""; 0]);
        assert_eq!(found("a/src/b/tests.rs", long), [""; 0]);
        assert_eq!(
            found(
                "a/src/b.rs",
                &format!("#[cfg(test)]\nmod tests {{\n{long}\n}}")
            ),
            [""; 0]
        );
        assert_eq!(found("a/src/b.rs", &format!("#[test]\n{long}")), [""; 0]);
        assert_eq!(
            found(
                "a/src/b.rs",
                &format!("#[cfg(unix)]\nmod tests {{\n{long}\n}}")
            )
            .len(),
            1
        );
    }
}
