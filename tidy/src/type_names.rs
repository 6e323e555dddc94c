//! A name is given to one type of a crate: who reads it elsewhere need not ask which.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};

use crate::fault::Fault;
use crate::modules::{is_for_tests, root_of};
use crate::source::Source;

/// Structs, enums, unions, traits and aliases that share their name with another of their crate, on the modules'
/// level or inside of functions; tests are left out.
#[must_use]
pub fn repeated_types(sources: &[Source]) -> Vec<Fault> {
    let mut places: BTreeMap<(String, String), Vec<(&str, usize)>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.is_for_tests()) {
        let Some(root) = root_of(&source.path) else {
            continue;
        };
        let mut names = Names(Vec::new());
        names.visit_file(&source.syntax);
        for (name, line) in names.0 {
            let place = (source.path.as_str(), line);
            places.entry((root.clone(), name)).or_default().push(place);
        }
    }
    let mut faults = Vec::new();
    for ((_, name), places) in places {
        let Some((first, others)) = places.split_first() else {
            continue;
        };
        for (file, line) in others {
            let (other, at) = first;
            let what = format!("the crate has a type `{name}` already, at {other}:{at}");
            faults.push(Fault::new(file, *line, what));
        }
    }
    faults
}

struct Names(Vec<(String, usize)>);

impl Names {
    fn note(&mut self, name: &syn::Ident) {
        self.0.push((name.to_string(), name.span().start().line));
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if !is_for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.note(&item.ident);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.note(&item.ident);
    }

    fn visit_item_union(&mut self, item: &'ast syn::ItemUnion) {
        self.note(&item.ident);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.note(&item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.note(&item.ident);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let parse = |(path, text): &(&str, &str)| Source::parse(path, text).expect("Rust");
        let sources: Vec<Source> = files.iter().map(parse).collect();
        let faults = repeated_types(&sources);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_name_is_there_once_in_a_crate() {
        let two = [
            ("a/src/b.rs", "struct Key;"),
            ("a/src/c.rs", "fn f() {\n    enum Key {}\n}"),
        ];
        let what = "a/src/c.rs:2: the crate has a type `Key` already, at a/src/b.rs:1";
        assert_eq!(found(&two), [what]);
        assert_eq!(
            found(&[("a/src/b.rs", "mod c { trait Key {} }\ntype Key = u8;")]).len(),
            1
        );
    }

    #[test]
    fn crates_tests_and_associated_types_are_free() {
        assert_eq!(
            found(&[("a/src/b.rs", "struct Key;"), ("d/src/b.rs", "struct Key;")]),
            [""; 0]
        );
        assert_eq!(
            found(&[
                ("a/src/b.rs", "struct Key;"),
                ("a/tests/b.rs", "struct Key;")
            ]),
            [""; 0]
        );
        let associated = "struct Item;\nimpl Iterator for A { type Item = Item; }";
        assert_eq!(found(&[("a/src/b.rs", associated)]), [""; 0]);
        assert_eq!(
            found(&[(
                "a/src/b.rs",
                "struct Key;\n#[cfg(test)]\nmod tests { struct Key; }"
            )]),
            [""; 0]
        );
    }
}
