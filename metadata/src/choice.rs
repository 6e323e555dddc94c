//! Which rule a message belongs to.

use std::collections::HashMap;

use crate::headers::Headers;
use crate::source::Source;

/// Finds rules by schema and by topic.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    schemas: HashMap<String, usize>,
    topics: HashMap<String, usize>,
    patterns: Vec<(String, usize)>,
}

impl Choice {
    /// Later rules take precedence over earlier ones.
    pub fn new(rules: &[Source]) -> Self {
        let mut choice = Self::default();
        for (index, rule) in rules.iter().enumerate() {
            for schema in &rule.schemas {
                choice.schemas.insert(schema.clone(), index);
            }
            for topic in &rule.topics {
                if topic.split('.').any(|word| word == "*" || word == "#") {
                    choice.patterns.push((topic.clone(), index));
                } else {
                    choice.topics.insert(topic.clone(), index);
                }
            }
        }
        choice
    }

    /// The schema decides. Topics only do for messages from before there were
    /// schemas, which is to say messages without any of today's headers.
    pub fn of(&self, headers: &Headers, topic: &str) -> Option<usize> {
        if headers.of_today {
            return self.schemas.get(headers.schema.as_deref()?).copied();
        }
        let topic = topic.splitn(4, '.').nth(3)?;
        if let Some(index) = self.topics.get(topic) {
            return Some(*index);
        }
        let mut patterns = self.patterns.iter().rev();
        patterns
            .find(|(pattern, _)| fits(pattern, topic))
            .map(|(_, index)| *index)
    }
}

/// As on the bus: `*` is one word, `#` is any number of them.
fn fits(pattern: &str, topic: &str) -> bool {
    fn words(pattern: &[&str], topic: &[&str]) -> bool {
        match (pattern, topic) {
            ([], []) => true,
            (["#", rest @ ..], _) => {
                (0..=topic.len()).any(|skipped| words(rest, &topic[skipped..]))
            }
            (["*", pattern @ ..], [_, topic @ ..]) => words(pattern, topic),
            ([word, pattern @ ..], [same, topic @ ..]) if word == same => words(pattern, topic),
            _ => false,
        }
    }
    let first = pattern.split('.').next().unwrap_or_default();
    if first != "*" && first != "#" && topic.split('.').next() != Some(first) {
        return false;
    }
    words(
        &pattern.split('.').collect::<Vec<_>>(),
        &topic.split('.').collect::<Vec<_>>(),
    )
}

#[cfg(test)]
mod tests {
    use super::fits;

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
            assert_eq!(fits(pattern, topic), expected, "{pattern} {topic}");
        }
    }
}
