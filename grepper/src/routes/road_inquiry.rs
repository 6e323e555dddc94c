//! The questions of a road as inquiries of the archive.

use archive::{Excerpt, Inquirer, Inquiry, Order, Span, Subject, Subjects};
use chrono::{TimeDelta, Utc};
use road::{Closure, Keep, Message, Question};
use serde_json::Value;

use crate::state::interest::Interest;
use crate::state::roads::{Folded, RoadKey};
use crate::view::road_view::cursor;

/// Who sends what is about no subject: Bodhi's composes.
const SITE: &str = "org.fedoraproject";

/// How far the clocks of senders may be ahead of ours.
const CLOCKS: TimeDelta = TimeDelta::days(1);

/// A road that is being collected.
pub struct Collecting {
    closure: Closure,
    /// What was asked last.
    questions: Vec<Question>,
    /// What was asked for.
    interests: Vec<Interest>,
}

impl Collecting {
    /// Begins with nothing known.
    pub fn new(asked: &RoadKey) -> Self {
        let subject = asked.subject.clone();
        let latest = (Utc::now().naive_utc() + CLOCKS).max(asked.as_of.unwrap_or_default());
        Self {
            closure: Closure::new(subject, asked.environment, asked.as_of).not_after(latest),
            questions: Vec::new(),
            interests: Vec::new(),
        }
    }

    /// Whether no bound of the road's kept anything back, and no message has more subjects than are stored of one.
    fn is_complete(&self) -> bool {
        self.closure.is_complete() && self.closure.most_named() < Subjects::MOST
    }

    /// The roads, of which all `was_read` that was asked for, or not.
    pub fn fold(mut self, was_read: bool) -> Folded {
        self.interests.sort_unstable();
        self.interests.dedup();
        self.interests.shrink_to_fit();
        let complete = was_read && self.is_complete();
        let roads = self.closure.roads();
        Folded {
            cursor: cursor(&roads),
            roads,
            complete,
            interests: self.interests,
        }
    }
}

impl Inquirer for Collecting {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        self.questions = self.closure.questions();
        let inquiries: Vec<Inquiry> = self.questions.iter().map(inquiry).collect();
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

    fn reached(&mut self, inquiry: usize) {
        self.closure.reached(&self.questions[inquiry]);
    }

    fn take(&mut self, excerpt: Excerpt) {
        // What has no id cannot be told as a reason of anything.
        let Some(id) = excerpt.msg_id else {
            return;
        };
        let body = serde_json::from_str(&excerpt.body).unwrap_or(Value::Null);
        self.closure.add([Message {
            id,
            number: excerpt.id,
            time: excerpt.timestamp,
            topic: excerpt.topic,
            body,
        }]);
    }
}

/// A question as the archive is asked it.
pub(super) fn inquiry(question: &Question) -> Inquiry {
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDateTime;
    use serde_json::json;

    const READY: &str =
        "org.fedoraproject.prod.bodhi.update.status.testing.koji-build-group.build.complete";

    fn collecting(subject: &str) -> Collecting {
        let mut collecting = Collecting::new(&RoadKey {
            subject: road::Subject::parse(subject).expect("it has a road"),
            as_of: None,
            environment: "prod",
        });
        assert_eq!(collecting.inquiries().len(), 1);
        collecting
    }

    #[test]
    fn a_road_of_which_there_may_be_more_messages_is_not_complete() {
        let mut collecting = collecting("pr:rpms/bash#7");
        assert!(collecting.is_complete());
        collecting.reached(0);
        assert!(!collecting.is_complete());
    }

    #[test]
    fn a_road_with_a_message_of_more_subjects_than_are_stored_is_not_complete() {
        let with_builds = |count: usize| {
            let nvrs = || (0..count).map(|n| format!("bird{n}-1-1.fc90"));
            let builds: Vec<Value> = nvrs().map(|nvr| json!({"nvr": nvr})).collect();
            let artifacts = nvrs().map(|nvr| json!({"nvr": nvr, "id": 7, "task_id": 8}));
            let artifacts: Vec<Value> = artifacts.collect();
            let body = json!({"update": {"alias": "X", "builds": builds}, "artifact": {"builds": artifacts}});
            let mut collecting = collecting("update:X");
            collecting.take(Excerpt {
                id: 1,
                msg_id: Some("a".to_owned()),
                topic: READY.to_owned(),
                timestamp: NaiveDateTime::default(),
                body: body.to_string(),
            });
            collecting
        };
        assert!(with_builds(1_300).is_complete());
        assert!(!with_builds(1_400).is_complete());
    }
}
