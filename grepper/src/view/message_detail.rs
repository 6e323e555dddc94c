//! What the whole page of a message tells, from what is stored and what the rules say of it.

use archive::{Message, OnBus};
use metadata::{Reading, Rules, Subject};
use serde::Deserialize;
use serde_json::Value;

use crate::pages::belongs::{Belonging, belongings};
use crate::pages::known::KnownNames;
use crate::pages::links;
use crate::pages::message_page::Detail;
use crate::pages::tree::tree;
use crate::view::message_view::Form;
use crate::view::meta::reading;

/// Subjects whose names say alone what they are of.
const TELLING: [&str; 7] = [
    "update", "nvr", "pr", "package", "commit", "compose", "copr",
];

/// What is told of the message, and what it is about; links lie below `root`.
pub fn message_detail(
    form: Form,
    message: &Message,
    rules: &Rules,
    root: &str,
) -> (Detail, Vec<Belonging>) {
    let reading = reading(message, rules);
    let subjects = reading.subjects();
    let environment = match message.topic.split('.').nth(2) {
        Some("stg") => "stg",
        _ => "prod",
    };
    let known = known(message, &subjects, environment);
    let on_bus = OnBus::new(message);
    let stored = message.headers.as_deref();
    let told = stored.map(SaidOfItself::read).unwrap_or_default();
    let detail = Detail {
        paths: match form {
            Form::Legacy => ["/id", "/v2/id"],
            Form::Message => ["/v2/id", "/id"],
        },
        category: message.category.clone(),
        severity: told.severity(),
        schema: told.schema(),
        source: source(message),
        number: message.id,
        others: others(&reading),
        body: tree(on_bus.body(), &known, root),
        headers: stored.map(|_| tree(on_bus.headers(), &known, root)),
        bytes: message.msg.len() + stored.map_or(0, str::len),
        ..Detail::default()
    };
    let parts = subjects.iter();
    let parts = parts.map(|subject| (&*subject.kind, subject.name.as_str()));
    (detail, belongings(parts, environment))
}

/// Which texts are names of what the message is about.
fn known(message: &Message, subjects: &[Subject], environment: &str) -> KnownNames {
    let named = |filter: &'static str, names: &[String]| -> Vec<(String, String)> {
        let names = names.iter();
        names
            .map(|name| (name.clone(), links::named(filter, name)))
            .collect()
    };
    let telling = subjects.iter().filter_map(|subject| {
        let kind = &*subject.kind;
        let path = || links::about(kind, &subject.name, environment);
        TELLING
            .contains(&kind)
            .then(|| (subject.name.clone(), path()))
    });
    let names = [
        named("user", &message.users),
        named("package", &message.packages),
        named("agent", message.agent_name.as_slice()),
        named("topic", std::slice::from_ref(&message.topic)),
    ];
    KnownNames::new(names.into_iter().flatten().chain(telling))
}

fn source(message: &Message) -> Option<String> {
    let name = message.source_name.clone()?;
    Some(match &message.source_version {
        Some(version) => format!("{name} {version}"),
        None => name,
    })
}

fn others(reading: &Reading) -> Vec<(&'static str, Vec<String>)> {
    let all = [
        ("Containers", reading.containers()),
        ("Modules", reading.modules()),
        ("Flatpaks", reading.flatpaks()),
    ];
    all.into_iter()
        .filter(|(_, names)| !names.is_empty())
        .collect()
}

/// What headers tell of a message as such.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SaidOfItself {
    fedora_messaging_severity: Value,
    fedora_messaging_schema: Value,
    fedora_messaging_schema_package: Value,
}

impl SaidOfItself {
    fn read(headers: &str) -> Self {
        serde_json::from_str(headers).unwrap_or_default()
    }

    /// A class for its tone, and its word.
    fn severity(&self) -> Option<(&'static str, &'static str)> {
        match self.fedora_messaging_severity.as_i64()? {
            10 => Some(("none", "debug")),
            20 => Some(("none", "info")),
            30 => Some(("waiting", "⚠ warning")),
            40 => Some(("failed", "✗ error")),
            _ => None,
        }
    }

    fn schema(&self) -> Option<(String, Option<String>)> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let schema = text(&self.fedora_messaging_schema)?;
        Some((schema, text(&self.fedora_messaging_schema_package)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Message {
        Message {
            topic: "org.fedoraproject.prod.git.receive".to_owned(),
            category: "git".to_owned(),
            users: vec!["ann".to_owned()],
            packages: vec!["zsh".to_owned()],
            msg: r#"{"who": "ann", "what": "zsh", "n": 12345678901234567890123, "other": "bash"}"#
                .into(),
            headers: Some(
                r#"{"fedora_messaging_severity": 40, "fedora_messaging_schema": "git.push",
                    "fedora_messaging_schema_package": "git_messages"}"#
                    .into(),
            ),
            source_name: Some("datanommer".to_owned()),
            source_version: Some("1.5.0".to_owned()),
            ..Message::default()
        }
    }

    fn detail(form: Form, message: &Message) -> Detail {
        message_detail(form, message, &Rules::embedded(), "/x").0
    }

    #[test]
    fn what_headers_say_is_said_in_words() {
        let detail = detail(Form::Message, &message());
        assert_eq!(detail.severity, Some(("failed", "✗ error")));
        let schema = ("git.push".to_owned(), Some("git_messages".to_owned()));
        assert_eq!(detail.schema, Some(schema));
        assert_eq!(detail.source.as_deref(), Some("datanommer 1.5.0"));
        assert_eq!(detail.paths, ["/v2/id", "/id"]);
        let headers = detail.headers.expect("there are some");
        assert!(headers.html.contains("sent-at"), "{headers:?}");
    }

    #[test]
    fn headers_that_say_something_else_say_nothing() {
        for headers in ["[]", "7", r#"{"fedora_messaging_severity": "bad"}"#] {
            let odd = Message {
                headers: Some(headers.into()),
                ..message()
            };
            let detail = detail(Form::Legacy, &odd);
            assert_eq!((detail.severity, detail.schema), (None, None), "{headers}");
        }
        let old = Message {
            headers: None,
            ..message()
        };
        assert!(detail(Form::Legacy, &old).headers.is_none());
    }

    #[test]
    fn names_in_the_body_lead_to_what_there_is_about_them() {
        let html = detail(Form::Message, &message()).body.html;
        for (name, filter) in [("ann", "user"), ("zsh", "package")] {
            let link = format!("href=\"/x{}\">{name}</a>", links::named(filter, name));
            assert!(html.contains(&link), "{link} in {html}");
        }
        assert!(html.contains("12345678901234567890123") && html.contains("bash&quot;</span>"));
    }
}
