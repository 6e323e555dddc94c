//! What to ask an archive for: messages about subjects, by topics and within bounds.

use chrono::NaiveDateTime;

use crate::family::{Family, Keep};
use crate::topic::{Topic, fits};

/// Messages that a road needs: those that are about one of the subjects, have one of the topics, and lie within the
/// bounds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// Subjects as `kind:name`, of which a message must have one; without any, every message will do.
    pub subjects: Vec<String>,
    /// Topics without their first three words, of which a message must have one; one that ends in `*` stands for all
    /// that begin so.
    pub topics: &'static [&'static str],
    /// The third word of the topic, such as `prod`.
    pub environment: String,
    /// The time of the first message that matters.
    pub from: Option<NaiveDateTime>,
    /// The time of the last message that matters.
    pub until: Option<NaiveDateTime>,
    /// Which end to keep when there are more than `limit`.
    pub keep: Keep,
    /// How many messages are wanted at most.
    pub limit: usize,
    /// Why it is asked.
    pub(crate) family: Family,
}

impl Question {
    /// Whether a message with this topic, time and subjects is asked for, limits aside.
    #[must_use]
    pub fn asks_for<S: AsRef<str>>(
        &self,
        topic: &str,
        time: NaiveDateTime,
        subjects: &[S],
    ) -> bool {
        let Some(topic) = Topic::parse(topic) else {
            return false;
        };
        let wanted = |subject: &S| self.subjects.iter().any(|asked| asked == subject.as_ref());
        topic.environment == self.environment
            && self.topics.iter().any(|pattern| fits(pattern, topic.about))
            && self.from.is_none_or(|from| from <= time)
            && self.until.is_none_or(|until| time <= until)
            && (self.subjects.is_empty() || subjects.iter().any(wanted))
    }
}
