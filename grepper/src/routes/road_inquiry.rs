//! The questions of a road as inquiries of the archive.

use archive::{Excerpt, Inquirer, Inquiry, Order, Span, Subject, Subjects};
use road::{Closure, Keep, Message, Question, Subject as OfRoad};
use serde_json::Value;

use crate::request::road_params::RoadParams;
use crate::state::interest::Interest;
use crate::view::update_builds::UpdateBuilds;

/// Who sends what is about no subject: Bodhi's composes.
const SITE: &str = "org.fedoraproject";

/// A road that is being collected.
pub struct Collecting {
    closure: Closure,
    /// What was asked last.
    questions: Vec<Question>,
    /// What was asked for.
    interests: Vec<Interest>,
    /// The alias of the update that was asked for, and its builds.
    update: Option<(String, UpdateBuilds)>,
}

impl Collecting {
    /// Begins with nothing known.
    pub fn new(asked: &RoadParams) -> Self {
        let subject = asked.subject.clone();
        let update = match &subject {
            OfRoad::Update(alias) => Some((alias.clone(), UpdateBuilds::default())),
            _ => None,
        };
        Self {
            update,
            closure: Closure::new(subject, asked.environment, asked.as_of),
            questions: Vec::new(),
            interests: Vec::new(),
        }
    }

    /// Whether no bound of the road's kept anything back, and no message has more subjects than are stored of one.
    pub fn is_complete(&self) -> bool {
        self.closure.is_complete() && self.closure.most_named() < Subjects::MOST
    }

    /// What was collected, what messages have in common that may change it, and the builds of the update that was
    /// asked for.
    pub fn into_parts(self) -> (Closure, Vec<Interest>, UpdateBuilds) {
        let builds = self.update.map(|(_, builds)| builds);
        (self.closure, self.interests, builds.unwrap_or_default())
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
        if let Some((alias, builds)) = &mut self.update {
            builds.take(alias, (excerpt.timestamp, excerpt.id), &body);
        }
        self.closure.add([Message {
            id,
            number: excerpt.id,
            time: excerpt.timestamp,
            topic: excerpt.topic,
            body,
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDateTime;
    use serde_json::json;

    const READY: &str =
        "org.fedoraproject.prod.bodhi.update.status.testing.koji-build-group.build.complete";

    fn collecting(subject: &str) -> Collecting {
        let mut collecting = Collecting::new(&RoadParams {
            subject: road::Subject::parse(subject).expect("it has a road"),
            branch: None,
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
