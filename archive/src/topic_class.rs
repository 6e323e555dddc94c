//! What topics have in common, as the number that the archive stores beside subjects.
//!
//! Of the messages about a busy package only those of a few topics are asked for: what cannot be one of
//! them is passed over by this number, without a look at the message. The words that tell are the third
//! to the fifth, environment, application and what it speaks of: `prod.buildsys.build` of
//! `org.fedoraproject.prod.buildsys.build.state.change`. The number stays as it is for ever: archives are
//! full of it. Where two classes share one, messages of both are looked at.

use sha2::{Digest, Sha256};

/// A class of topics.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TopicClass(i32);

/// Words before those that tell the class: who sends.
const BEFORE: usize = 2;
/// How many words tell the class.
const WORDS: usize = 3;

impl TopicClass {
    /// The class of a topic, which may have fewer words.
    pub fn of(topic: &str) -> Self {
        let mut hash = Sha256::new();
        for (place, word) in words(topic).enumerate() {
            if place > 0 {
                hash.update(".");
            }
            hash.update(word);
        }
        let digest = hash.finalize();
        Self(i32::from_be_bytes([
            digest[0], digest[1], digest[2], digest[3],
        ]))
    }

    /// The class of all topics that fit a pattern as in [`Inquiry::topics`](crate::Inquiry::topics); `None` if they
    /// may have several.
    pub(crate) fn of_pattern(pattern: &str) -> Option<Self> {
        let front = pattern.strip_suffix(".#");
        let told = front.unwrap_or(pattern);
        let is_open = front.is_some() && words(told).count() < WORDS;
        let is_one = !is_open && words(told).all(|word| !word.contains('*'));
        is_one.then(|| Self::of(told))
    }

    /// The number by which the archive stores it.
    pub fn number(self) -> i32 {
        self.0
    }
}

/// The words of a topic that tell its class.
fn words(topic: &str) -> impl Iterator<Item = &str> {
    topic.split('.').skip(BEFORE).take(WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Archives hold these numbers: a test that fails says that all of them are to be made anew.
    #[test]
    fn numbers_stay_as_they_are_for_ever() {
        for (topic, number) in [
            (
                "org.fedoraproject.prod.buildsys.build.state.change",
                -1_320_748_901,
            ),
            ("org.fedoraproject.prod.git.receive", -153_890_005),
            ("org.fedoraproject.stg.git.receive", 1_967_370_795),
            ("org.example.prod.zoo", 513_600_518),
            ("lonely", -474_954_686),
        ] {
            assert_eq!(TopicClass::of(topic).number(), number, "{topic}");
        }
    }

    #[test]
    fn the_third_to_the_fifth_word_tell_the_class() {
        let class = TopicClass::of;
        let build = class("org.fedoraproject.prod.buildsys.build.state.change");
        assert_eq!(build, class("org.centos.prod.buildsys.build"));
        for other in [
            "org.fedoraproject.stg.buildsys.build.state.change",
            "org.fedoraproject.prod.buildsys.tag",
            "org.fedoraproject.prod.buildsys",
            "org.fedoraproject.prodbuildsys.build.x",
            "org.fedoraproject.prod.buildsysbuild",
        ] {
            assert_ne!(build, class(other), "{other}");
        }
    }

    #[test]
    fn a_pattern_has_a_class_if_all_that_fits_it_has() {
        for (pattern, of) in [
            ("*.*.prod.buildsys.tag", "a.b.prod.buildsys.tag"),
            ("*.*.prod.bodhi.update.#", "a.b.prod.bodhi.update.edit"),
            ("*.*.prod.ci.koji-build.*.#", "a.b.prod.ci.koji-build.test"),
            ("a.b.prod.zoo", "a.b.prod.zoo"),
            ("a.b", "a.b"),
            ("#", "#"),
        ] {
            let class = TopicClass::of_pattern(pattern);
            assert_eq!(class, Some(TopicClass::of(of)), "{pattern}");
        }
        for pattern in [
            "*.*.prod.ci.#",
            "*.*.#",
            "*.*.*.git.receive",
            "*.*.prod.git.*",
            "*.*.prod.pagure.pull-*.#",
        ] {
            assert_eq!(TopicClass::of_pattern(pattern), None, "{pattern}");
        }
    }
}
