//! An archive in memory, which answers the questions of a closure.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use road::{Closure, Keep, Message, Question, Road, Subject};

/// A message with the subjects that an archive knows it by.
#[derive(Clone, Debug)]
pub struct Stored {
    pub message: Message,
    pub subjects: Vec<String>,
}

/// Messages with an index by subject.
pub struct Archive {
    messages: Vec<Stored>,
    by_subject: HashMap<String, Vec<usize>>,
    /// After which no message can have been sent, if anybody knows.
    pub latest: Option<NaiveDateTime>,
}

/// What it took to collect a road.
#[derive(Debug, Default)]
pub struct Effort {
    pub rounds: usize,
    pub questions: Vec<Question>,
    pub answers: usize,
}

impl Archive {
    pub fn new(messages: Vec<Stored>) -> Self {
        let mut by_subject: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, stored) in messages.iter().enumerate() {
            for subject in &stored.subjects {
                by_subject.entry(subject.clone()).or_default().push(place);
            }
        }
        Self {
            messages,
            by_subject,
            latest: None,
        }
    }

    /// Answers a question as an archive does: each message once, and not more than wanted.
    pub fn ask(&self, question: &Question) -> Vec<Message> {
        let mut places: Vec<usize> = if question.subjects.is_empty() {
            (0..self.messages.len()).collect()
        } else {
            let found = question
                .subjects
                .iter()
                .filter_map(|subject| self.by_subject.get(subject));
            found.flatten().copied().collect()
        };
        places.sort_unstable();
        places.dedup();
        let mut found: Vec<&Stored> = places
            .into_iter()
            .map(|place| &self.messages[place])
            .collect();
        found.retain(|stored| {
            let message = &stored.message;
            question.asks_for(&message.topic, message.time, &stored.subjects)
        });
        found.sort_by_key(|stored| (stored.message.time, stored.message.number));
        if question.keep == Keep::Newest {
            found.reverse();
        }
        found.truncate(question.limit);
        found
            .into_iter()
            .map(|stored| stored.message.clone())
            .collect()
    }

    /// Collects what the road of a subject needs, and tells the roads.
    pub fn roads(&self, subject: &str, as_of: Option<NaiveDateTime>) -> (Vec<Road>, Effort) {
        let (closure, effort) = self.collect(subject, as_of);
        (closure.roads(), effort)
    }

    /// Whether the road of a subject needs no more than it asks for.
    pub fn is_complete(&self, subject: &str) -> bool {
        self.collect(subject, None).0.is_complete()
    }

    /// Collects what the road of a subject needs.
    pub fn collect(&self, subject: &str, as_of: Option<NaiveDateTime>) -> (Closure, Effort) {
        let subject = Subject::parse(subject).expect("the subject has a road");
        let mut closure = Closure::new(subject, "prod", as_of);
        if let Some(latest) = self.latest {
            closure = closure.not_after(latest);
        }
        let mut effort = Effort::default();
        loop {
            let questions = closure.questions();
            if questions.is_empty() {
                return (closure, effort);
            }
            effort.rounds += 1;
            for question in questions {
                let answer = self.ask(&question);
                effort.answers += answer.len();
                if answer.len() == question.limit {
                    closure.reached(&question);
                }
                closure.add(answer);
                effort.questions.push(question);
            }
        }
    }

    /// The only road of a subject.
    pub fn road(&self, subject: &str, as_of: Option<NaiveDateTime>) -> Road {
        let (mut roads, _) = self.roads(subject, as_of);
        assert_eq!(roads.len(), 1, "{subject} has one road");
        roads.remove(0)
    }
}
