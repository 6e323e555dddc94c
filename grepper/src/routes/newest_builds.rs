//! The newest builds of a package, from what koji says of them alone: a whole road of a busy package takes too long to be
//! read for a page that shows much else.

use archive::{Excerpt, Inquirer, Inquiry, Order, Reader, Span, StoreError, Subject};
use chrono::Utc;
use road::{Closure, Message};
use serde_json::Value;

use crate::view::builds::Builds;

/// So many of the newest messages about builds of the package are read.
const MOST: usize = 40;
/// What koji sends when a build begins, fails or is complete.
const TOPIC: &str = "*.*.prod.buildsys.build.state.change";

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
    let mut closure = Closure::new(subject, "prod", None).not_after(Utc::now().naive_utc());
    closure.add(found);
    Ok(Some(Builds::of(&closure.roads())))
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
        // What has no id cannot be told as a reason of anything.
        let Some(id) = excerpt.msg_id else {
            return;
        };
        self.found.push(Message {
            id,
            number: excerpt.id,
            time: excerpt.timestamp,
            topic: excerpt.topic,
            body: serde_json::from_str(&excerpt.body).unwrap_or(Value::Null),
        });
    }
}
