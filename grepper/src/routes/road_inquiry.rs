//! The questions of a road as inquiries of the archive.

use archive::{Excerpt, Inquirer, Inquiry, Order, Span, Subject};
use road::{Closure, Keep, Message, Question};
use serde_json::Value;

use crate::request::road_params::RoadParams;
use crate::state::interest::Interest;

/// Who sends what is about no subject: Bodhi's composes.
const SITE: &str = "org.fedoraproject";

/// A road that is being collected.
pub struct Collecting {
    closure: Closure,
    /// What was asked for.
    interests: Vec<Interest>,
}

impl Collecting {
    /// Begins with nothing known.
    pub fn new(asked: &RoadParams) -> Self {
        let subject = asked.subject.clone();
        Self {
            closure: Closure::new(subject, asked.environment, asked.as_of),
            interests: Vec::new(),
        }
    }

    /// What was collected, and what messages have in common that may change it.
    pub fn into_parts(self) -> (Closure, Vec<Interest>) {
        (self.closure, self.interests)
    }
}

impl Inquirer for Collecting {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        let inquiries: Vec<Inquiry> = self.closure.questions().iter().map(inquiry).collect();
        for inquiry in &inquiries {
            let subjects = inquiry.subjects.iter().copied();
            self.interests.extend(subjects.map(Interest::subject));
            if inquiry.subjects.is_empty() {
                let topics = inquiry.topics.iter();
                self.interests
                    .extend(topics.map(|topic| Interest::topic(topic)));
            }
        }
        inquiries
    }

    fn take(&mut self, excerpt: Excerpt) {
        // What has no id cannot be told as a reason of anything.
        let Some(id) = excerpt.msg_id else {
            return;
        };
        self.closure.add([Message {
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
