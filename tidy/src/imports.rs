//! Who imports from whom inside of a crate: from modules and not through the crate's face, and in no circle.
//!
//! Files are the modules here; that a file declares another with `mod` is no import.
//! A name that a file only passes on (`pub use`) is taken to be imported from where it comes from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::fault::Fault;
use crate::modules::{ModulePath, Modules};
use crate::paths::{Path, paths_of};
use crate::source::Source;

/// How often a name may be passed on before it counts as not found.
const HOPS: usize = 8;

/// Files of a crate that import from each other in a circle: a fault a knot, told by its shortest circle.
#[must_use]
pub fn circles(sources: &[Source]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for modules in Modules::of_all(sources).values() {
        let arrows = Imports::new(modules).arrows();
        let mut told: BTreeSet<&ModulePath> = BTreeSet::new();
        for file in arrows.keys() {
            let Some(circle) = shortest_circle(file, &arrows) else {
                continue;
            };
            if circle.iter().any(|member| told.contains(member)) {
                continue;
            }
            told.extend(&circle);
            let first = &modules.files[*file].path;
            let names: Vec<&str> = circle
                .iter()
                .map(|member| modules.files[*member].path.as_str())
                .collect();
            let what = format!("a circle of imports: {} -> {first}", names.join(" -> "));
            faults.push(Fault::new(first, 1, what));
        }
    }
    faults
}

/// Places in the crates of the folders `roots` (such as `archive/src/`) that take an item from the crate's root,
/// where it is for other crates, and not from its module.
#[must_use]
pub fn through_the_face(sources: &[Source], roots: &[&str]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (root, modules) in Modules::of_all(sources) {
        if !roots.contains(&root.as_str()) {
            continue;
        }
        let imports = Imports::new(&modules);
        for (file, path, absolute) in imports.all() {
            let Some(name) = absolute.first() else {
                continue;
            };
            if !file.is_empty() && !declares(modules.files.get(&[][..]), name) {
                let what = format!("takes `{name}` through the crate's face: name its module");
                faults.push(Fault::new(&modules.files[file].path, path.line, what));
            }
        }
    }
    faults
}

/// A circle of least length through `file`, which it begins with.
fn shortest_circle<'a>(
    file: &'a ModulePath,
    arrows: &BTreeMap<&'a ModulePath, BTreeSet<&'a ModulePath>>,
) -> Option<Vec<&'a ModulePath>> {
    let mut came_from: BTreeMap<&ModulePath, &ModulePath> = BTreeMap::new();
    let mut next = VecDeque::from([file]);
    while let Some(at) = next.pop_front() {
        for to in arrows.get(at).into_iter().flatten() {
            if *to == file {
                let mut circle = vec![at];
                while let Some(before) = came_from.get(circle[circle.len() - 1]) {
                    circle.push(before);
                }
                circle.reverse();
                return Some(circle);
            }
            if !came_from.contains_key(to) {
                came_from.insert(to, at);
                next.push_back(to);
            }
        }
    }
    None
}

/// The paths of all files of a crate.
struct Imports<'a> {
    modules: &'a Modules<'a>,
    paths: BTreeMap<&'a ModulePath, Vec<Path>>,
}

impl<'a> Imports<'a> {
    fn new(modules: &'a Modules<'a>) -> Self {
        let paths = modules
            .files
            .iter()
            .map(|(module, source)| (module, paths_of(&source.syntax)))
            .collect();
        Self { modules, paths }
    }

    /// Every path that leads into the crate: the file it stands in, itself, and its names from the root on.
    fn all(&self) -> Vec<(&'a ModulePath, &Path, ModulePath)> {
        let mut all = Vec::new();
        for (file, paths) in &self.paths {
            for path in paths {
                if let Some(absolute) = self.absolute(file, path) {
                    all.push((*file, path, absolute));
                }
            }
        }
        all
    }

    /// From which files each file imports. What the crate's root passes on is for other crates.
    fn arrows(&self) -> BTreeMap<&'a ModulePath, BTreeSet<&'a ModulePath>> {
        let mut arrows: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> = BTreeMap::new();
        for (file, path, absolute) in self.all() {
            let for_others = file.is_empty() && path.exported_as.is_some();
            if let Some(to) = self.origin(&absolute, HOPS)
                && to != file
                && !for_others
            {
                arrows.entry(file).or_default().insert(to);
            }
        }
        arrows
    }

    /// The file that has what `absolute` names.
    fn origin(&self, absolute: &[String], hops: usize) -> Option<&'a ModulePath> {
        let (file, length) = self.modules.file_of(absolute)?;
        let passed_on = absolute.get(length).and_then(|name| {
            let exports = self.paths[file].iter();
            exports
                .filter(|path| path.within.is_empty())
                .find(|path| path.exported_as.as_ref() == Some(name))
        });
        match passed_on.and_then(|path| self.absolute(file, path)) {
            Some(further) if hops > 0 => self.origin(&further, hops - 1),
            _ => Some(file),
        }
    }

    /// The names of `path`, which stands in `file`, from the root on; nothing for other crates' and local names.
    fn absolute(&self, file: &ModulePath, path: &Path) -> Option<ModulePath> {
        let here = [file.as_slice(), &path.within].concat();
        let (first, rest) = path.names.split_first()?;
        let mut names = match first.as_str() {
            "crate" => Vec::new(),
            "self" => here,
            "super" => here[..here.len().checked_sub(1)?].to_vec(),
            child => {
                let module = [here.as_slice(), &[child.to_owned()]].concat();
                let known = self.modules.files.contains_key(&module);
                (known && !rest.is_empty()).then_some(module)?
            }
        };
        for name in rest {
            if name == "super" {
                names.pop()?;
            } else if name != "self" {
                names.push(name.clone());
            }
        }
        Some(names)
    }
}

/// Whether `file` has a module `name`, of whatever kind.
fn declares(file: Option<&&Source>, name: &str) -> bool {
    let items = file.map(|source| &source.syntax.items);
    items.into_iter().flatten().any(|item| match item {
        syn::Item::Mod(child) => child.ident == name,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(files: &[(&str, &str)]) -> Vec<Source> {
        let parse = |(path, text): &(&str, &str)| Source::parse(path, text).expect("Rust");
        files.iter().map(parse).collect()
    }

    fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
        let faults = circles(&sources(files));
        faults.into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn a_circle_is_told_by_its_members() {
        let two = [
            ("a/src/lib.rs", "mod b;\nmod c;\nmod d;"),
            ("a/src/b.rs", "use crate::c::C;\npub struct B;"),
            ("a/src/c.rs", "pub struct C;\nfn f(_: crate::b::B) {}"),
            ("a/src/d.rs", "use crate::c::C;"),
        ];
        let what = "a circle of imports: a/src/b.rs -> a/src/c.rs -> a/src/b.rs";
        assert_eq!(circles_of(&two), [what]);
    }

    #[test]
    fn parent_and_child_may_form_one() {
        let file = ("a/src/lib.rs", "mod b;");
        let parent = "mod c;\nuse c::C;\npub struct B;";
        let child = "use super::B;\npub struct C;";
        assert_eq!(
            circles_of(&[file, ("a/src/b.rs", parent), ("a/src/b/c.rs", child)]).len(),
            1
        );
        // To declare a module is not to import from it.
        let parent = "mod c;\npub struct B;";
        assert_eq!(
            circles_of(&[file, ("a/src/b.rs", parent), ("a/src/b/c.rs", child)]),
            [""; 0]
        );
    }

    #[test]
    fn what_is_passed_on_comes_from_its_origin() {
        let files = [
            (
                "a/src/lib.rs",
                "mod b;\nmod c;\npub use b::B;\npub use c::C;",
            ),
            ("a/src/b.rs", "pub struct B;"),
            ("a/src/c.rs", "use crate::B;\npub struct C;"),
        ];
        assert_eq!(circles_of(&files), [""; 0]);
        let mut circle = files;
        circle[1].1 = "use crate::C;\npub struct B;";
        assert_eq!(circles_of(&circle).len(), 1);
    }

    #[test]
    fn a_root_and_what_it_uses_may_form_one() {
        let main = "mod b;\nfn main() { b::run(); }\nfn say() {}";
        let files = [
            ("a/src/main.rs", main),
            ("a/src/b.rs", "pub fn run() { crate::say(); }"),
        ];
        assert_eq!(circles_of(&files).len(), 1);
    }

    #[test]
    fn tests_may_import_what_they_like() {
        let files = [
            ("a/src/lib.rs", "mod b;\nmod c;"),
            ("a/src/b.rs", "use crate::c::C;\npub struct B;"),
            (
                "a/src/c.rs",
                "pub struct C;\n#[cfg(test)]\nmod tests { use crate::b::B; }",
            ),
        ];
        assert_eq!(circles_of(&files), [""; 0]);
    }

    #[test]
    fn the_face_is_for_others() {
        let files = sources(&[
            ("a/src/lib.rs", "mod b;\nmod c;\npub use b::B;"),
            ("a/src/b.rs", "pub struct B;"),
            (
                "a/src/c.rs",
                "use crate::b::B;\nuse crate::B as D;\nfn f(_: super::B) {}",
            ),
        ]);
        let faults = through_the_face(&files, &["a/src/"]);
        let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3]);
        assert_eq!(through_the_face(&files, &["d/src/"]), []);
    }
}
