//! The rules, ready to be asked.

use crate::headers::Headers;
use crate::meaning::{Meaning, MessageView, Stored, Subjects};

/// The compiled rules of all applications. Cheap to share between threads.
#[derive(Debug, Default)]
pub struct Rules {}

impl Rules {
    /// The rules that are built into the program.
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Everything the rules say of a message.
    pub fn meaning(&self, message: &MessageView) -> Meaning {
        let headers = Headers::read(message.headers);
        Meaning {
            usernames: sorted(headers.users),
            packages: sorted(headers.packages),
            containers: sorted(headers.containers),
            modules: sorted(headers.modules),
            flatpaks: sorted(headers.flatpaks),
            groups: sorted(headers.groups),
            summary: message.topic.to_owned(),
            ..Meaning::default()
        }
    }

    /// Only what a message is filtered by.
    pub fn subjects(&self, message: &MessageView) -> Subjects {
        let headers = Headers::read(message.headers);
        Subjects {
            usernames: sorted(headers.users),
            packages: sorted(headers.packages),
            agent_name: None,
        }
    }

    /// What must be archived in place of what was received: nothing, mostly.
    pub fn stored(&self, _message: &MessageView) -> Option<Stored> {
        None
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_without_a_rule_speaks_through_its_headers() {
        let message = MessageView {
            topic: "org.example.prod.thing.done",
            headers: r#"{"fedora_messaging_user_zoe":true,"fedora_messaging_user_ann":true}"#,
            body: "{}",
        };
        let meaning = Rules::embedded().meaning(&message);
        assert_eq!(meaning.usernames, ["ann", "zoe"]);
        assert_eq!(meaning.summary, message.topic);
        let subjects = Rules::embedded().subjects(&message);
        assert_eq!(subjects.usernames, meaning.usernames);
        assert_eq!(subjects.agent_name, None);
    }
}
