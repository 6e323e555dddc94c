//! What a message is about, as the number by which the archive stores it.
//!
//! The number is made of kind and name alone, so that nothing has to be looked up where messages are
//! stored or asked for, and two programs agree without a word. It stays as it is for ever: archives
//! are full of it. Its highest byte says the kind; the others are the name where that is a number, and
//! else the start of its SHA-256. Among ten million names of a kind, one in 1,400 archives has two that
//! share a number; who asks for one then finds the messages of both.

use sha2::{Digest, Sha256};

/// A subject, as the archive stores it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Subject(i64);

/// Kinds of which a name has at most some thousand messages, with the highest byte of their numbers.
const FEW: [(&str, i64); 9] = [
    ("nvr", 1),
    ("build", 2),
    ("task", 3),
    ("update", 4),
    ("pr", 5),
    ("commit", 6),
    ("bug", 7),
    ("compose", 8),
    ("copr", 9),
];
/// How many of these kinds, from the first, a large update has for each of its builds.
const OF_BUILDS: usize = 3;
/// The highest byte of the numbers of all other kinds, those of rule files included, of which a name
/// may have any number of messages.
const COMPONENT: i64 = 64;
/// The bits that are the name's.
const NAME_BITS: u32 = 56;

impl Subject {
    /// The subject of this kind and name.
    pub fn new(kind: &str, name: &str) -> Self {
        let few = FEW.iter().find(|(known, _)| *known == kind);
        let (byte, name) = match few {
            Some((_, byte)) => (*byte, number(name).unwrap_or_else(|| hash(&[name]))),
            None => (COMPONENT, hash(&[kind, ":", name])),
        };
        Self(byte << NAME_BITS | name)
    }

    /// The subject that is written as `kind:name`.
    pub fn written(text: &str) -> Self {
        let (kind, name) = text.split_once(':').unwrap_or(("", text));
        Self::new(kind, name)
    }

    /// The number by which the archive stores it, which is never 0.
    pub(crate) fn number(self) -> i64 {
        self.0
    }

    /// The subject that is stored by this number; `None` for 0, which stands for none.
    pub(crate) fn numbered(number: i64) -> Option<Self> {
        (number != 0).then_some(Self(number))
    }

    /// Whether a message may have one for each of hundreds of builds, and so is known by others, too.
    fn is_of_build(self) -> bool {
        FEW[..OF_BUILDS]
            .iter()
            .any(|(_, byte)| self.0 >> NAME_BITS == *byte)
    }

    /// Whether there may be any number of messages about it.
    pub(crate) fn is_component(self) -> bool {
        self.0 >> NAME_BITS >= COMPONENT
    }
}

/// What a message is about: distinct subjects, at most 1,000 components and 4,000 others. The default is nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Subjects {
    /// Each is a row of its own.
    components: Vec<Subject>,
    /// Each is an entry of an index.
    others: Vec<Subject>,
}

/// Components of a message that are stored. The largest updates have a third as many builds.
const MOST_COMPONENTS: usize = 1_000;

impl Subjects {
    /// How many subjects of a message that are no components are stored. A build has three at most.
    pub const MOST: usize = 4_000;

    /// The rows by which the archive stores it: a component, or 0 for none, and the others, which are all on
    /// the first row.
    pub fn rows(&self) -> impl Iterator<Item = (i64, Vec<i64>)> {
        let numbers = |subjects: &[Subject]| -> Vec<i64> {
            subjects.iter().map(|subject| subject.0).collect()
        };
        let mut components = numbers(&self.components);
        if components.is_empty() && !self.is_empty() {
            components.push(0);
        }
        let mut others = numbers(&self.others);
        components
            .into_iter()
            .map(move |component| (component, std::mem::take(&mut others)))
    }

    /// Whether the message is about this.
    pub fn contains(&self, subject: Subject) -> bool {
        let sort = if subject.is_component() {
            &self.components
        } else {
            &self.others
        };
        sort.binary_search(&subject).is_ok()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.components.len() + self.others.len()
    }

    /// Whether the message is about nothing.
    pub fn is_empty(&self) -> bool {
        self.components.is_empty() && self.others.is_empty()
    }
}

/// Where they are too many, those of builds are left out first, as all that is said about a large update hangs on its
/// alias; a line in the log tells how many.
impl FromIterator<Subject> for Subjects {
    fn from_iter<T: IntoIterator<Item = Subject>>(subjects: T) -> Self {
        let (components, others) = subjects
            .into_iter()
            .partition(|subject: &Subject| subject.is_component());
        let (components, without) = bounded(components, MOST_COMPONENTS);
        let (others, more) = bounded(others, Self::MOST);
        let left_out = without + more;
        if left_out > 0 {
            tracing::warn!(
                left_out,
                "subjects beyond {MOST_COMPONENTS} packages and the like, and {} others, of a message are not stored",
                Self::MOST
            );
        }
        Self { components, others }
    }
}

/// The subjects, distinct and in the order of their numbers, but no more than these, and how many are left out.
fn bounded(mut subjects: Vec<Subject>, most: usize) -> (Vec<Subject>, usize) {
    subjects.sort_unstable_by_key(|subject| (subject.is_of_build(), *subject));
    subjects.dedup();
    let left_out = subjects.len().saturating_sub(most);
    subjects.truncate(most);
    subjects.sort_unstable();
    (subjects, left_out)
}

/// The number that a text is, in its only spelling, if that has place.
fn number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    let has_place = (0..1 << NAME_BITS).contains(&number) && number.to_string() == text;
    has_place.then_some(number)
}

fn hash(parts: &[&str]) -> i64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let digest = hash.finalize();
    digest[..7]
        .iter()
        .fold(0, |number, byte| number << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Archives hold these numbers: a test that fails says that all of them are to be made anew.
    #[test]
    fn numbers_stay_as_they_are_for_ever() {
        for (subject, number) in [
            ("build:2790011", 0x0200_0000_002a_927b),
            ("task:131000101", 0x0300_0000_07ce_e725),
            ("bug:007", 0x0762_9f4c_f933_7b0d),
            ("nvr:tidepool-1.4.2-1.fc45", 0x0159_cdd5_e2b7_fcf2),
            ("package:tidepool", 0x4016_b750_599e_3b90),
            ("zoo:lion", 0x4047_f9f5_5d42_2ecc),
        ] {
            assert_eq!(Subject::written(subject).number(), number, "{subject}");
        }
    }

    #[test]
    fn what_is_stored_of_a_message_is_distinct_and_bounded() {
        let many = |kind: &'static str| (0..5000).map(move |n| Subject::new(kind, &n.to_string()));
        let subjects: Subjects = many("package")
            .chain(many("task"))
            .chain(many("task"))
            .collect();
        assert_eq!(subjects.components.len(), MOST_COMPONENTS);
        assert!(
            subjects
                .components
                .iter()
                .all(|subject| subject.is_component())
        );
        let first: Vec<Subject> = many("task").take(Subjects::MOST).collect();
        assert_eq!(subjects.others, first);
        let again = subjects.components.iter().chain(&subjects.others).copied();
        assert_eq!(again.collect::<Subjects>(), subjects);
        assert!(Subjects::default().is_empty() && !subjects.is_empty());
        let rows: Vec<usize> = subjects.rows().map(|(_, others)| others.len()).collect();
        assert_eq!(
            (rows.len(), rows[0], rows[1]),
            (MOST_COMPONENTS, Subjects::MOST, 0)
        );
        let build: Subjects = [Subject::new("build", "7")].into_iter().collect();
        assert_eq!(
            Vec::from_iter(build.rows()),
            [(0, vec![2 << NAME_BITS | 7])]
        );
        assert_eq!(Subjects::default().rows().count(), 0);
    }

    #[test]
    fn a_large_update_is_known_by_its_alias_however_many_builds_it_has() {
        let of_builds = |count: u32| {
            let names = (0..count).map(|n| n.to_string());
            names.flat_map(|name| ["nvr", "build", "task"].map(|kind| Subject::new(kind, &name)))
        };
        let joining = ["update:X", "pr:rpms/a#1", "bug:7", "compose:Y"].map(Subject::written);
        let largest: Subjects = of_builds(1_300).chain(joining).collect();
        assert_eq!(largest.len(), 3 * 1_300 + joining.len());
        let beyond: Subjects = of_builds(5_000).chain(joining).collect();
        assert_eq!(beyond.len(), Subjects::MOST);
        assert!(joining.iter().all(|subject| beyond.contains(*subject)));
    }

    #[test]
    fn kinds_and_names_are_told_apart() {
        let all = [
            "nvr:a-1-1",
            "package:a",
            "module:a",
            "container:a",
            "build:1",
            "task:1",
            "task:01",
            "bug:1",
            "pr:rpms/a#1",
            "zoo:a",
            "zoo:",
            "update:99999999999999999999",
            "build:-1",
            "build:+1",
        ];
        let numbers: std::collections::BTreeSet<Subject> = all.map(Subject::written).into();
        assert_eq!(numbers.len(), all.len());
        let components = numbers.iter().filter(|subject| subject.is_component());
        assert_eq!(components.count(), 5);
    }
}
