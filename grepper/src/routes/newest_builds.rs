//! The newest builds of a package and what became of them. Which these are is known from what koji says alone, as a whole
//! road of a busy package takes too long to be read for a page that shows much else; their own roads are short, and
//! read together.

use archive::{Excerpt, Inquirer, Inquiry, Order, Reader, Span, StoreError, Subject};
use chrono::{NaiveDateTime, Utc};
use road::{Closure, Message, Question, Road};
use serde_json::Value;

use crate::routes::road_inquiry::inquiry;
use crate::view::builds::Builds;

/// So many of the newest messages about builds of the package are read.
const MOST: usize = 40;
/// What koji sends when a build begins, fails or is complete.
const TOPIC: &str = "*.*.prod.buildsys.build.state.change";
const ENVIRONMENT: &str = "prod";

/// The newest builds of a package.
pub fn newest_builds(reader: &Reader, package: &str) -> Result<Option<Builds>, StoreError> {
    let written = format!("package:{package}");
    let Some(subject) = road::Subject::parse(&written) else {
        return Ok(None);
    };
    let begin = || BuildMessages {
        package: Some(Subject::written(&written)),
        found: Vec::new(),
    };
    let found = reader.inquire(begin)?.inquirer.found;
    let now = Utc::now().naive_utc();
    let mut closure = Closure::new(subject, ENVIRONMENT, None).not_after(now);
    closure.add(found);
    let newest = Builds::of(&closure.roads());
    let told = reader.inquire(|| RoadsTogether::of(&newest, now))?;
    Ok(Some(Builds::of(&told.inquirer.roads())))
}

/// The roads of several builds, whose questions are asked at once.
struct RoadsTogether {
    closures: Vec<(road::Subject, Closure)>,
    /// What was asked last, and of which closure.
    questions: Vec<(usize, Question)>,
}

impl RoadsTogether {
    /// Begins with nothing known.
    fn of(builds: &Builds, now: NaiveDateTime) -> Self {
        let closure = |subject: &road::Subject| {
            let closure = Closure::new(subject.clone(), ENVIRONMENT, None).not_after(now);
            (subject.clone(), closure)
        };
        Self {
            closures: builds.subjects().map(closure).collect(),
            questions: Vec::new(),
        }
    }

    fn roads(&self) -> Vec<Road> {
        let own = |(subject, closure): &(road::Subject, Closure)| {
            let mut roads = closure.roads().into_iter();
            roads.find(|road| road.subject == *subject)
        };
        self.closures.iter().filter_map(own).collect()
    }
}

impl Inquirer for RoadsTogether {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        let closures = self.closures.iter_mut().enumerate();
        let asked = closures.flat_map(|(number, (_, closure))| {
            let questions = closure.questions().into_iter();
            questions.map(move |question| (number, question))
        });
        self.questions = asked.collect();
        let questions = self.questions.iter();
        questions.map(|(_, question)| inquiry(question)).collect()
    }

    fn reached(&mut self, number: usize) {
        let (of, question) = &self.questions[number];
        self.closures[*of].1.reached(question);
    }

    fn take(&mut self, excerpt: Excerpt) {
        // What one asked for may say something of another.
        if let Some(message) = message(excerpt) {
            for (_, closure) in &mut self.closures {
                closure.add([message.clone()]);
            }
        }
    }
}

/// What is asked, and what was found.
struct BuildMessages {
    /// The package, until it was asked for.
    package: Option<Subject>,
    found: Vec<Message>,
}

impl Inquirer for BuildMessages {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        let asked = self.package.take().map(|package| Inquiry {
            subjects: vec![package],
            topics: vec![TOPIC.to_owned()],
            time: Span::ALL,
            order: Order::Descending,
            limit: MOST,
        });
        asked.into_iter().collect()
    }

    fn reached(&mut self, _: usize) {}

    fn take(&mut self, excerpt: Excerpt) {
        self.found.extend(message(excerpt));
    }
}

/// What has no id cannot be told as a reason of anything.
fn message(excerpt: Excerpt) -> Option<Message> {
    Some(Message {
        id: excerpt.msg_id?,
        number: excerpt.id,
        time: excerpt.timestamp,
        topic: excerpt.topic,
        body: serde_json::from_str(&excerpt.body).unwrap_or(Value::Null),
    })
}
