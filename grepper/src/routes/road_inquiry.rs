//! The questions of a road as inquiries of the archive.

use archive::{Excerpt, Inquirer, Inquiry, Order, Span, Subject};
use road::{Closure, Keep, Message, Question};
use serde_json::Value;

use crate::request::road_params::RoadParams;

/// Who sends what is about no subject: Bodhi's composes.
const SITE: &str = "org.fedoraproject";

/// A road that is being collected.
pub struct Collecting(Closure);

impl Collecting {
    /// Begins with nothing known.
    pub fn new(asked: &RoadParams) -> Self {
        let subject = asked.subject.clone();
        Self(Closure::new(subject, asked.environment, asked.as_of))
    }

    /// What was collected.
    pub fn into_closure(self) -> Closure {
        self.0
    }
}

impl Inquirer for Collecting {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        self.0.questions().iter().map(inquiry).collect()
    }

    fn take(&mut self, excerpt: Excerpt) {
        // What has no id cannot be told as a reason of anything.
        let Some(id) = excerpt.msg_id else {
            return;
        };
        self.0.add([Message {
            id,
            number: excerpt.id,
            time: excerpt.timestamp,
            topic: excerpt.topic,
            body: serde_json::from_str(&excerpt.body).unwrap_or(Value::Null),
        }]);
    }
}

fn inquiry(question: &Question) -> Inquiry {
    let site = if question.subjects.is_empty() {
        SITE
    } else {
        "*.*"
    };
    let topic = |about: &&str| {
        let about = match about.strip_suffix('*') {
            Some(front) => format!("{front}#"),
            None => (*about).to_owned(),
        };
        format!("{site}.{}.{about}", question.environment)
    };
    Inquiry {
        subjects: question
            .subjects
            .iter()
            .map(|subject| Subject::written(subject))
            .collect(),
        topics: question.topics.iter().map(topic).collect(),
        time: Span::inclusive(question.from, question.until),
        order: match question.keep {
            Keep::Newest => Order::Descending,
            Keep::Oldest => Order::Ascending,
        },
        limit: question.limit,
    }
}
