//! The modules of a crate, as its files lay them out.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::Source;

/// The names from a crate's root to a module: empty for the root itself.
pub(crate) type ModulePath = Vec<String>;

/// A crate's files, tests left out.
pub(crate) struct Modules<'a> {
    pub(crate) files: BTreeMap<ModulePath, &'a Source>,
}

impl<'a> Modules<'a> {
    /// All crates of `sources`, by the folder of their root.
    pub(crate) fn of_all(sources: &'a [Source]) -> BTreeMap<String, Self> {
        let mut crates: BTreeMap<String, Vec<&Source>> = BTreeMap::new();
        for source in sources.iter().filter(|source| !source.is_for_tests()) {
            if let Some(root) = root_of(&source.path) {
                crates.entry(root).or_default().push(source);
            }
        }
        crates
            .into_iter()
            .map(|(root, sources)| {
                let modules = Self::new(&root, &sources);
                (root, modules)
            })
            .collect()
    }

    fn new(root: &str, sources: &[&'a Source]) -> Self {
        let library = format!("{root}lib.rs");
        let has_library = sources.iter().any(|source| source.path == library);
        let mut files = BTreeMap::new();
        let mut for_tests = BTreeSet::new();
        for source in sources {
            let within = &source.path[root.len()..];
            // A program beside a library is another crate, and has no modules here.
            if has_library && within == "main.rs" {
                continue;
            }
            let module = module_path(within);
            for_tests.extend(declared_for_tests(&module, &source.syntax));
            files.insert(module, *source);
        }
        files.retain(|module, _| !for_tests.contains(module));
        Self { files }
    }

    /// The file with most of `path`, and how many of its names lead to it.
    pub(crate) fn file_of(&self, path: &[String]) -> Option<(&ModulePath, usize)> {
        (0..=path.len()).rev().find_map(|length| {
            let (module, _) = self.files.get_key_value(&path[..length])?;
            Some((module, length))
        })
    }
}

/// The folder with the root of the crate that has the file `path`; none for files outside of `src`.
pub(crate) fn root_of(path: &str) -> Option<String> {
    let (package, within) = path.split_once("/src/")?;
    let root = match within.strip_prefix("bin/").map(|rest| rest.split_once('/')) {
        Some(Some((program, _))) => format!("{package}/src/bin/{program}/"),
        Some(None) => format!("{package}/src/bin/"),
        None => format!("{package}/src/"),
    };
    Some(root)
}

fn module_path(within: &str) -> ModulePath {
    let name = within.strip_suffix(".rs").unwrap_or(within);
    let mut names: ModulePath = name.split('/').map(str::to_owned).collect();
    let last = names.last().map_or("", String::as_str);
    if last == "mod" || (names.len() == 1 && ["lib", "main"].contains(&last)) {
        names.pop();
    }
    names
}

fn declared_for_tests(module: &[String], file: &syn::File) -> Vec<ModulePath> {
    let mut declared = Vec::new();
    for item in &file.items {
        if let syn::Item::Mod(child) = item
            && child.content.is_none()
            && is_for_tests(&child.attrs)
        {
            declared.push([module, &[child.ident.to_string()]].concat());
        }
    }
    declared
}

/// Whether an item with these attributes is built for tests only.
pub(crate) fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::NameValue(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_modules() {
        assert_eq!(module_path("lib.rs"), [""; 0]);
        assert_eq!(module_path("a.rs"), ["a"]);
        assert_eq!(module_path("a/b.rs"), ["a", "b"]);
        assert_eq!(module_path("a/mod.rs"), ["a"]);
        assert_eq!(module_path("a/main.rs"), ["a", "main"]);
    }

    #[test]
    fn programs_are_crates_of_their_own() {
        assert_eq!(root_of("a/src/b/c.rs").as_deref(), Some("a/src/"));
        assert_eq!(
            root_of("a/src/bin/d/main.rs").as_deref(),
            Some("a/src/bin/d/")
        );
        assert_eq!(root_of("a/src/bin/d.rs").as_deref(), Some("a/src/bin/"));
        assert_eq!(root_of("a/tests/b.rs"), None);
    }

    #[test]
    fn modules_for_tests_are_left_out() {
        let read = |path, text| Source::parse(path, text).expect("Rust");
        let sources = [
            read("a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod helpers;"),
            read("a/src/b.rs", ""),
            read("a/src/helpers.rs", ""),
            read("a/src/main.rs", ""),
        ];
        let crates = Modules::of_all(&sources);
        let files = &crates["a/src/"].files;
        let paths: Vec<&str> = files.values().map(|source| source.path.as_str()).collect();
        assert_eq!(paths, ["a/src/lib.rs", "a/src/b.rs"]);
    }
}
