//! What the expressions of rules look at: a body, and the topic of its message.

use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, Value};

use crate::json;

/// The body of a message, and what the names in a rule refer to.
pub(crate) struct Context {
    pub body: Arc<json::Body>,
    pub root: Value,
}

impl Context {
    /// Reads a body no further than rules ask.
    pub fn new(topic: &str, body: &str) -> Self {
        let body = json::Body::new(body);
        let root = Value::from_object(Root {
            topic: topic.into(),
            body: body.value(),
        });
        Self { body, root }
    }
}

/// What the names in a rule refer to: the members of the body, and `_topic`
/// and `_body`, which start as no member does.
struct Root {
    topic: Box<str>,
    body: Value,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.topic)
    }
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match key {
            "_topic" => Some(Value::from(&*self.topic)),
            "_body" => Some(self.body.clone()),
            _ => self
                .body
                .get_attr(key)
                .ok()
                .filter(|value| !value.is_undefined()),
        }
    }
}
