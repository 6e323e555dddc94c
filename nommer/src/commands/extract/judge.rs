//! What the rules know of a stored message beyond what is stored.

use archive::{Addition, BodyError, Message, Position, StoredSubjects};
use metadata::{MessageView, Rules};
use serde_json::{Map, Value};

use super::options::{ExtractOptions, What};
use crate::delivery::decode;
use crate::exit::Exit;

const SCHEMA: &str = "fedora_messaging_schema";

pub struct Judge<'a> {
    rules: &'a Rules,
    what: What,
    schema: Option<&'a str>,
}

impl<'a> Judge<'a> {
    /// Fails if a schema is to be pretended that no rule is for.
    pub fn new(rules: &'a Rules, asked: &'a ExtractOptions) -> Result<Self, Exit> {
        let schema = asked.force_schema.as_deref();
        if let Some(schema) = schema.filter(|schema| !rules.schemas().contains(schema)) {
            return Err(Exit::Config(format!(
                "--force-schema: there is no rule for {schema}"
            )));
        }
        Ok(Self {
            rules,
            what: asked.what,
            schema,
        })
    }

    /// Whether it is asked what messages are about.
    pub fn tells_subjects(&self) -> bool {
        self.asked(What::Subjects)
    }

    fn asked(&self, what: What) -> bool {
        self.what == what || self.what == What::All
    }

    /// What to add to the message, if anything, which is `about` these subjects as far as is stored. Fails
    /// if its body cannot be read.
    pub fn addition(
        &self,
        message: &Message,
        about: &StoredSubjects,
    ) -> Result<Option<Addition>, BodyError> {
        let body = pythonic::json::valid_json(&message.msg)?;
        let headers = self.headers(message);
        let reading = self.rules.read(&MessageView {
            topic: &message.topic,
            headers: &headers,
            body: &body,
        });
        let mut addition = Addition {
            position: position(message),
            users: Vec::new(),
            packages: Vec::new(),
            agent_name: None,
            subjects: None,
        };
        if self.asked(What::Users) {
            addition.users = missing(reading.usernames(), &message.users);
        }
        if self.asked(What::Packages) {
            addition.packages = missing(reading.packages(), &message.packages);
        }
        if self.asked(What::Agent) && message.agent_name.is_none() {
            addition.agent_name = reading.agent_name().and_then(decode::name);
        }
        if self.tells_subjects() {
            let new = decode::subjects(&reading);
            addition.subjects = (!about.are(&new, &message.topic)).then_some(new);
        }
        let nothing = addition.users.is_empty()
            && addition.packages.is_empty()
            && addition.agent_name.is_none()
            && addition.subjects.is_none();
        Ok((!nothing).then_some(addition))
    }

    /// The headers, with the schema that is to be pretended.
    fn headers(&self, message: &Message) -> String {
        let stored = message.headers.as_deref().unwrap_or_default();
        let Some(schema) = self.schema else {
            return stored.to_owned();
        };
        let mut headers: Map<String, Value> = serde_json::from_str(stored).unwrap_or_default();
        headers.insert(SCHEMA.to_owned(), schema.into());
        Value::Object(headers).to_string()
    }
}

/// The place of a message in the archive.
pub fn position(message: &Message) -> Position {
    Position {
        timestamp: message.timestamp,
        id: message.id,
    }
}

/// Those names that are not stored, as the archive can hold them.
fn missing(names: Vec<String>, stored: &[String]) -> Vec<String> {
    names
        .into_iter()
        .filter_map(decode::name)
        .filter(|name| !stored.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extract(arguments: &[&str]) -> ExtractOptions {
        ExtractOptions::parse_alone(arguments).unwrap_or_else(|error| panic!("{error}"))
    }

    fn message() -> Message {
        Message {
            topic: "org.example.zoo.fed".to_owned(),
            msg: r#"{"keeper": "ann", "helper": "bob", "food": "pie", "weight": NaN}"#.into(),
            headers: Some(r#"{"fedora_messaging_schema": "zoo.lion.v1"}"#.into()),
            users: vec!["ann".to_owned()],
            ..Message::default()
        }
    }

    fn addition(
        arguments: &[&str],
        message: &Message,
    ) -> Option<(Vec<String>, Vec<String>, Option<String>)> {
        let rule = "[[rule]]\nschemas = ['zoo.lion.v1']\nusernames = ['keeper', 'helper']\npackages = 'food'\n\
                    agent_name = 'keeper'";
        let rules = Rules::parse("zoo.toml", rule).expect("no mistakes");
        let extract = extract(arguments);
        let judge = Judge::new(&rules, &extract).unwrap_or_else(|exit| panic!("{exit}"));
        let addition = judge
            .addition(message, &StoredSubjects::default())
            .expect("readable")?;
        Some((addition.users, addition.packages, addition.agent_name))
    }

    #[test]
    fn only_what_is_asked_for_and_not_stored_is_added() {
        let (bob, pie, ann) = (
            vec!["bob".to_owned()],
            vec!["pie".to_owned()],
            Some("ann".to_owned()),
        );
        assert_eq!(
            addition(&["users"], &message()),
            Some((bob.clone(), vec![], None))
        );
        assert_eq!(
            addition(&["packages"], &message()),
            Some((vec![], pie.clone(), None))
        );
        assert_eq!(
            addition(&["agent"], &message()),
            Some((vec![], vec![], ann.clone()))
        );
        assert_eq!(addition(&["all"], &message()), Some((bob, pie, ann)));
        let known = Message {
            agent_name: Some("zoe".to_owned()),
            ..message()
        };
        assert_eq!(addition(&["agent"], &known), None);
    }

    #[test]
    fn a_schema_can_be_pretended() {
        let bare = Message {
            headers: None,
            ..message()
        };
        assert_eq!(addition(&["users"], &bare), None);
        let users =
            addition(&["users", "--force-schema", "zoo.lion.v1"], &bare).map(|(users, ..)| users);
        assert_eq!(users, Some(vec!["bob".to_owned()]));
        let unknown = extract(&["users", "--force-schema", "zoo.tiger.v1"]);
        assert!(matches!(
            Judge::new(&Rules::embedded(), &unknown),
            Err(Exit::Config(_))
        ));
    }

    #[test]
    fn a_body_that_is_no_json_is_an_error() {
        let (rules, extract) = (Rules::embedded(), extract(&["all"]));
        let judge = Judge::new(&rules, &extract).unwrap_or_else(|exit| panic!("{exit}"));
        assert!(
            judge
                .addition(
                    &Message {
                        msg: "{'a': 1}".into(),
                        ..message()
                    },
                    &StoredSubjects::default()
                )
                .is_err()
        );
    }
}
