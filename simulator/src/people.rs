//! The people of the sample world.

use std::collections::HashSet;

/// Someone with an account.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) full_name: String,
}

const COUNT: usize = 300;

const GIVEN: [&str; 34] = [
    "adam", "bea", "carl", "dana", "elif", "frank", "gita", "hugo", "ines", "jonas", "kaya",
    "lena", "milan", "nora", "omar", "petra", "quinn", "rosa", "sven", "tara", "ugo", "vera",
    "wei", "xenia", "yuki", "zoe", "amit", "boris", "clara", "dmitri", "emma", "farid", "greta",
    "ivan",
];

/// Plain, for the account, and as written.
const FAMILY: [(&str, &str); 27] = [
    ("king", "King"),
    ("muller", "Müller"),
    ("novak", "Nováková"),
    ("sorensen", "Sørensen"),
    ("garcia", "García"),
    ("tanaka", "田中"),
    ("brown", "Brown"),
    ("lopes", "Lopes"),
    ("petrov", "Петров"),
    ("rossi", "Rossi"),
    ("dubois", "Dubois"),
    ("jansen", "Jansen"),
    ("okafor", "Okafor"),
    ("silva", "Silva"),
    ("horvat", "Horvat"),
    ("lindqvist", "Lindqvist"),
    ("marsh", "Marsh"),
    ("yilmaz", "Yılmaz"),
    ("wozniak", "Woźniak"),
    ("li", "李"),
    ("patel", "Patel"),
    ("reed", "Reed"),
    ("costa", "Costa"),
    ("virtanen", "Virtanen"),
    ("bauer", "Bauer"),
    ("ito", "伊藤"),
    ("stone", "Stone"),
];

/// Everybody, the busiest first. The names differ.
pub(crate) fn people() -> Vec<Person> {
    let mut taken = HashSet::new();
    // 34 and 27 have no common divisor, so 918 steps pass before a pair comes back.
    let pairs = (0..).map(|step| (step, GIVEN[step % GIVEN.len()], FAMILY[step % FAMILY.len()]));
    let named = pairs.map(|(step, given, (family, written))| {
        let username = match step % 4 {
            0 => format!("{given}{}", &family[..1]),
            1 => format!("{}{family}", &given[..1]),
            2 => format!("{given}-{family}"),
            _ => format!("{given}{}", 70 + step % 30),
        };
        let full_name = format!("{}{} {written}", given[..1].to_uppercase(), &given[1..]);
        Person {
            username,
            full_name,
        }
    });
    named
        .filter(|person| taken.insert(person.username.clone()))
        .take(COUNT)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_many_with_different_names() {
        let names: HashSet<String> = people().into_iter().map(|person| person.username).collect();
        assert_eq!(names.len(), COUNT);
    }
}
