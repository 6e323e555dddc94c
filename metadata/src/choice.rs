//! Which rule a message belongs to.

use std::collections::HashMap;

use crate::headers::Headers;
use crate::source::Source;
use crate::topics::Topics;

/// Finds rules by schema and by topic.
#[derive(Debug, Default)]
pub(crate) struct Choice {
    schemas: HashMap<String, usize>,
    topics: Topics,
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
                choice.topics.insert(topic, index);
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
        self.topics.find(topic)
    }
}
