//! The newest builds of a package and what became of them. Which these are is known from what koji says alone, as a whole
//! road of a busy package takes too long to be read for a page that shows much else; their own roads are short, and
//! read together.

use archive::{Excerpt, Inquirer, Inquiry, Order, Reader, Span, StoreError, Subject};
use chrono::{NaiveDateTime, Utc};
use road::{Closure, Message, Question};
use serde_json::Value;

use crate::routes::road_inquiry::inquiry;
use crate::view::builds::Builds;

/// So many of the newest messages about builds of the package are read.
const MOST: usize = 100;
/// What koji sends when a build begins, fails or is complete, and when it comes into a tag.
const TOPICS: [&str; 2] = [
    "*.*.prod.buildsys.build.state.change",
    "*.*.prod.buildsys.tag",
];
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
    let builds = Builds::of(closure.builds_of_package(package));
    let told = reader.inquire(|| RoadsTogether::of(&builds, now))?;
    Ok(Some(builds.with_roads(told.inquirer.closure.roads())))
}

/// The roads of several builds, whose questions are asked at once.
struct RoadsTogether {
    closure: Closure,
    /// What was asked last.
    questions: Vec<Question>,
}

impl RoadsTogether {
    /// Begins with nothing known.
    fn of(builds: &Builds, now: NaiveDateTime) -> Self {
        let subjects = builds.subjects().cloned().collect();
        Self {
            closure: Closure::of_all(subjects, ENVIRONMENT, None).not_after(now),
            questions: Vec::new(),
        }
    }
}

impl Inquirer for RoadsTogether {
    fn inquiries(&mut self) -> Vec<Inquiry> {
        self.questions = self.closure.questions();
        self.questions.iter().map(inquiry).collect()
    }

    fn reached(&mut self, number: usize) {
        self.closure.reached(&self.questions[number]);
    }

    fn take(&mut self, excerpt: Excerpt) {
        self.closure.add(message(excerpt));
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
            topics: TOPICS.map(str::to_owned).to_vec(),
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
