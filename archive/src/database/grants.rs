//! The rights of `docs/grants.sql` for roles of other names: the file is the one place that knows them.

use std::fmt::Write as _;

/// What the programs need.
const OF_PROGRAMS: &str = include_str!("../../../docs/grants.sql");
/// What a role needs of somebody who reads the tables.
const OF_PEOPLE: &str = include_str!("../../../docs/grants-people.sql");

/// The statements that give the programs their rights in a schema, to be run by the owner of the tables.
pub(crate) fn of_programs(schema: &str, writer: &str, reader: &str) -> String {
    let names = [("public", schema), ("nommer", writer), ("grepper", reader)];
    put_in(OF_PROGRAMS, &names)
}

/// The statements that give a role the right to read in a schema, to be run by the owner of the tables.
pub(crate) fn of_people(schema: &str, role: &str) -> String {
    put_in(OF_PEOPLE, &[("public", schema), ("people", role)])
}

/// A name as SQL has it, whatever word it is.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The statements of a file, without its comments, with other names put in for those that stand there as words.
fn put_in(file: &str, names: &[(&str, &str)]) -> String {
    let mut sql = String::new();
    let is_statement = |line: &&str| !line.is_empty() && !line.trim_start().starts_with("--");
    for line in file.lines().filter(is_statement) {
        let mut rest = line;
        while !rest.is_empty() {
            let word = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(word);
            match names.iter().find(|(name, _)| *name == word) {
                Some((_, other)) => sql += &quoted(other),
                None => sql += word,
            }
            let between = after.find(is_of_word).unwrap_or(after.len());
            sql += &after[..between];
            rest = &after[between..];
        }
        let _ = writeln!(sql);
    }
    sql
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_in_by_whole_words_and_all_at_once() {
        let file = "-- for nommer\nGRANT a_nommer, nommer_b ON SCHEMA public TO nommer,grepper;\n\n    format('%s TO nommer')\n";
        let names = [
            ("public", "arch"),
            ("nommer", "grepper"),
            ("grepper", "user"),
        ];
        assert_eq!(
            put_in(file, &names),
            "GRANT a_nommer, nommer_b ON SCHEMA \"arch\" TO \"grepper\",\"user\";\n    format('%s TO \"grepper\"')\n"
        );
    }

    #[test]
    fn no_name_of_the_files_is_left() {
        for sql in [of_programs("s", "w", "r"), of_people("s", "p")] {
            for name in ["public", "nommer", "grepper", "people", "--"] {
                assert!(!sql.contains(name), "{name}: {sql}");
            }
        }
    }
}
