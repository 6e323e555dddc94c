//! Released migrations stay as they are: databases have run them.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::fault::Fault;
use crate::source::Text;

const FOLDER: &str = "migrations/";
const LIST: &str = "migrations/FROZEN";

/// Differences between the files of `texts` and the list of released ones,
/// `migrations/FROZEN`: lines of `sha256sum`.
#[must_use]
pub fn changed_migrations(texts: &[Text]) -> Vec<Fault> {
    let files: BTreeMap<&str, &str> = texts
        .iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(FOLDER)?, text.as_str())))
        .collect();
    let Some(list) = files.get("FROZEN") else {
        return vec![Fault::new(
            LIST,
            1,
            "the list of released migrations is gone",
        )];
    };
    let mut faults = Vec::new();
    for (number, line) in list.lines().enumerate() {
        let wrong = match line.split_once("  ") {
            None => Some("is no line of `sha256sum`".to_owned()),
            Some((sum, file)) => wrong_with(file, sum, files.get(file).copied()),
        };
        faults.extend(wrong.map(|what| Fault::new(LIST, number + 1, what)));
    }
    faults
}

fn wrong_with(file: &str, sum: &str, text: Option<&str>) -> Option<String> {
    let undo = "databases have run it: take that back, and put what is new into a migration on top";
    let Some(text) = text else {
        return Some(format!("{file} was released and is gone; {undo}"));
    };
    if hexadecimal(&Sha256::digest(text)) != sum {
        return Some(format!("{file} was released and has changed; {undo}"));
    }
    None
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `printf 'SELECT 1;\n' | sha256sum` prints.
    const SUM: &str = "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd";

    fn faults(list: Option<&str>, up: Option<&str>) -> Vec<String> {
        let file = |path: &str, text: &str| (format!("{FOLDER}{path}"), text.to_owned());
        let list = list.map(|text| file("FROZEN", text));
        let texts: Vec<_> = list
            .into_iter()
            .chain(up.map(|text| file("1_a/up.sql", text)))
            .collect();
        let faults = changed_migrations(&texts);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_released_migration_neither_changes_nor_goes() {
        let list = format!("{SUM}  1_a/up.sql\n");
        assert_eq!(faults(Some(&list), Some("SELECT 1;\n")), [""; 0]);
        let changed = faults(Some(&list), Some("SELECT 2;\n"));
        assert!(
            changed[0].contains("1_a/up.sql was released and has changed"),
            "{changed:?}"
        );
        let gone = faults(Some(&list), None);
        assert!(
            gone[0].contains("1_a/up.sql was released and is gone"),
            "{gone:?}"
        );
    }

    #[test]
    fn what_is_not_released_may_change_but_the_list_must_be_sound() {
        assert_eq!(faults(Some(""), Some("SELECT 1;\n")), [""; 0]);
        assert_eq!(faults(None, None).len(), 1);
        assert_eq!(faults(Some("1_a/up.sql"), Some("SELECT 1;\n")).len(), 1);
    }
}
