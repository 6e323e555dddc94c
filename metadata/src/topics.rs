//! Tables that are looked into by topic.

use std::collections::HashMap;

/// Indices by topic in full and by pattern, the first three words of a topic left out.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    full: HashMap<String, usize>,
    patterns: Vec<(Vec<String>, usize)>,
}

impl Topics {
    /// The places of tables by the topics and patterns that each is for.
    pub fn of<'t>(tables: impl Iterator<Item = &'t [String]>) -> Self {
        let mut topics = Self::default();
        for (index, table) in tables.enumerate() {
            for topic in table {
                topics.insert(topic, index);
            }
        }
        topics
    }

    /// Notes an index for a topic or pattern; a later one takes precedence.
    pub fn insert(&mut self, pattern: &str, index: usize) {
        let words: Vec<_> = pattern.split('.').map(str::to_owned).collect();
        if words.iter().any(|word| word == "*" || word == "#") {
            self.patterns.push((words, index));
        } else {
            self.full.insert(pattern.to_owned(), index);
        }
    }

    /// The index for a topic, prefix included: that of the topic in full, else of the last pattern that fits.
    pub fn find(&self, topic: &str) -> Option<usize> {
        let topic = topic.splitn(4, '.').nth(3)?;
        if let Some(index) = self.full.get(topic) {
            return Some(*index);
        }
        let first = topic.split('.').next().unwrap_or_default();
        let mut words = Vec::new();
        for (pattern, index) in self.patterns.iter().rev() {
            // Most patterns are of another application.
            if !matches!(&*pattern[0], "*" | "#") && pattern[0] != first {
                continue;
            }
            if words.is_empty() {
                words.extend(topic.split('.'));
            }
            if fits(pattern, &words) {
                return Some(*index);
            }
        }
        None
    }
}

/// As on the bus: `*` is one word, `#` is any number of them.
fn fits(pattern: &[String], topic: &[&str]) -> bool {
    let Some((word, rest)) = pattern.split_first() else {
        return topic.is_empty();
    };
    match (word.as_str(), topic) {
        ("#", _) => (0..=topic.len()).any(|skipped| fits(rest, &topic[skipped..])),
        ("*", [_, topic @ ..]) => fits(rest, topic),
        (word, [same, topic @ ..]) if word == *same => fits(rest, topic),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Topics;

    #[test]
    fn patterns_are_those_of_the_bus() {
        for (pattern, topic, expected) in [
            ("git.receive", "git.receive", true),
            ("git.*", "git.receive", true),
            ("git.*", "git.receive.zsh", false),
            ("git.#", "git.receive.zsh", true),
            ("git.#", "git", true),
            ("compose.*.start", "compose.rawhide.start", true),
            ("#.start", "compose.rawhide.start", true),
            ("git.*", "github.star", false),
        ] {
            let mut topics = Topics::default();
            topics.insert(pattern, 7);
            let found = topics.find(&format!("org.zoo.prod.{topic}"));
            assert_eq!(found.is_some(), expected, "{pattern} {topic}");
        }
    }

    #[test]
    fn full_topics_go_before_patterns_and_later_patterns_before_earlier_ones() {
        let mut topics = Topics::default();
        for (pattern, index) in [("a.b", 0), ("#", 1), ("a.*", 2), ("*.d", 3), ("a.b", 4)] {
            topics.insert(pattern, index);
        }
        let find = |topic: &str| topics.find(&format!("org.zoo.stg.{topic}"));
        assert_eq!(find("a.b"), Some(4));
        assert_eq!(find("a.c"), Some(2));
        assert_eq!(find("a.d"), Some(3));
        assert_eq!(find("e"), Some(1));
        assert_eq!(topics.find("org.zoo.prod"), None);
    }
}
