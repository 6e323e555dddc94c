//! The paths that a file names: in `use`, in code, in the arguments of macros and attributes.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::modules::{ModulePath, is_for_tests};

/// A path as it is written, outside of tests.
#[derive(Debug)]
pub(crate) struct Path {
    /// Its names, `crate`, `self` and `super` among them.
    pub(crate) names: Vec<String>,
    /// The modules inside of the file in which it stands.
    pub(crate) within: ModulePath,
    /// The name that a `pub use` gives to others.
    pub(crate) exported_as: Option<String>,
    /// The line.
    pub(crate) line: usize,
}

/// All paths of a file that may lead to another of its crate, and the modules it declares on its own level.
pub(crate) fn paths_of(file: &syn::File) -> Vec<Path> {
    let mut search = PathsOfFile::default();
    search.visit_file(file);
    search.paths
}

#[derive(Default)]
struct PathsOfFile {
    within: ModulePath,
    paths: Vec<Path>,
}

impl PathsOfFile {
    fn note(&mut self, names: Vec<String>, exported_as: Option<String>, line: usize) {
        let within = self.within.clone();
        self.paths.push(Path {
            names,
            within,
            exported_as,
            line,
        });
    }

    fn follow_use(&mut self, before: &[String], tree: &syn::UseTree, exported: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.follow_use(&with(&path.ident), &path.tree, exported),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.follow_use(before, tree, exported);
                }
            }
            syn::UseTree::Name(name) => {
                let exported_as = exported.then(|| name.ident.to_string());
                self.note(
                    with(&name.ident),
                    exported_as,
                    name.ident.span().start().line,
                );
            }
            syn::UseTree::Rename(name) => {
                let exported_as = exported.then(|| name.rename.to_string());
                self.note(
                    with(&name.ident),
                    exported_as,
                    name.ident.span().start().line,
                );
            }
            syn::UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                self.note(before.to_vec(), None, line);
            }
        }
    }

    /// Arguments of macros and attributes are tokens only: names with `::` between them are paths.
    fn look_into(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is_colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            match token {
                TokenTree::Group(group) => self.look_into(group.stream()),
                TokenTree::Ident(first) => {
                    let mut names = vec![first.to_string()];
                    while is_colon(at)
                        && is_colon(at + 1)
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 2)
                    {
                        names.push(next.to_string());
                        at += 3;
                    }
                    if names.len() > 1 {
                        self.note(names, None, first.span().start().line);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for PathsOfFile {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            self.within.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.within.pop();
        }
    }

    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let exported = !matches!(item.vis, syn::Visibility::Inherited);
        self.follow_use(&[], &item.tree, exported && item.leading_colon.is_none());
    }

    // `pub(in crate::a)` says who may see something, and uses nothing.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let names = path
                .segments
                .iter()
                .map(|segment| segment.ident.to_string());
            let line = path.segments[0].ident.span().start().line;
            self.note(names.collect(), None, line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.look_into(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_meta_list(&mut self, list: &'ast syn::MetaList) {
        self.look_into(list.tokens.clone());
        visit::visit_meta_list(self, list);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let file = syn::parse_file(text).expect("Rust");
        let paths = paths_of(&file);
        paths.iter().map(|path| path.names.join("::")).collect()
    }

    #[test]
    fn paths_are_found_wherever_they_stand() {
        assert_eq!(
            found("use crate::a::{B, c::*, D as E};"),
            ["crate::a::B", "crate::a::c", "crate::a::D"]
        );
        assert_eq!(
            found("fn f(_: super::A) -> crate::B { a::b() }"),
            ["super::A", "crate::B", "a::b"]
        );
        assert_eq!(
            found("fn f() { println!(\"{}\", [crate::a::B]); }"),
            ["crate::a::B"]
        );
        assert_eq!(
            found("struct A {\n#[arg(default_value_t = self::a::B)]\nb: u8,\n}"),
            ["self::a::B"]
        );
        assert_eq!(
            found("impl crate::A for super::B {}"),
            ["crate::A", "super::B"]
        );
    }

    #[test]
    fn tests_and_visibility_are_left_out() {
        assert_eq!(found("#[cfg(test)]\nmod tests { use super::*; }"), [""; 0]);
        assert_eq!(
            found("pub(in crate::a) fn f() {}\npub(crate) struct A;"),
            [""; 0]
        );
        assert_eq!(found("/// See [`crate::a::B`].\nfn f() {}"), [""; 0]);
    }

    #[test]
    fn what_others_may_see_is_known_by_its_new_name() {
        let file = syn::parse_file("pub use a::{B, C as D};\nuse e::F;").expect("Rust");
        let exported: Vec<_> = paths_of(&file)
            .into_iter()
            .map(|path| path.exported_as)
            .collect();
        assert_eq!(exported, [Some("B".to_owned()), Some("D".to_owned()), None]);
    }
}
