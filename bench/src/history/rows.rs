//! Messages as `archive::Writer` takes them, and as rows in the text format of COPY, as it would store them.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use archive::{Body, Identity, NewMessage, Subject, Subjects, TopicClass};
use metadata::{MessageView, Rules};
use simulator::Sample;

/// The columns of `messages` that have values.
pub const MESSAGES: &str = "messages (id, msg_id, i, topic, \"timestamp\", category, agent_name, source_name, source_version, msg, headers)";

/// Rows that were not copied yet, and the names that they refer to.
#[derive(Default)]
pub struct Rows {
    pub messages: String,
    pub users_messages: String,
    pub packages_messages: String,
    pub message_subjects: String,
    pub users: Keys,
    pub packages: Keys,
    /// The id of the last message.
    pub last: i64,
}

/// The keys of names, counted from 1.
#[derive(Default)]
pub struct Keys(HashMap<String, usize>);

impl Keys {
    fn key(&mut self, name: &str) -> usize {
        if let Some(key) = self.0.get(name) {
            return *key;
        }
        let key = self.0.len() + 1;
        self.0.insert(name.to_owned(), key);
        key
    }

    /// All of them as rows, keys first.
    pub fn rows(&self) -> String {
        let mut text = String::new();
        for (name, key) in &self.0 {
            text += &format!("{key}\t");
            escape(&mut text, name);
            text.push('\n');
        }
        text
    }
}

impl Rows {
    /// Adds the rows of the next message.
    pub fn add(&mut self, sample: &Sample) -> Result<()> {
        self.last += 1;
        let (id, time) = (self.last, sample.sent_at.naive_utc());
        let body = Body::parse(&sample.body).context("a body of the simulator")?;
        let messages = &mut self.messages;
        write!(messages, "{id}\t")?;
        escape(messages, &sample.id);
        messages.push_str("\t0\t");
        escape(messages, &sample.topic);
        write!(messages, "\t{time}\t")?;
        escape(messages, sample.category());
        messages.push('\t');
        match agent(sample) {
            Some(agent) => escape(messages, agent),
            None => messages.push_str("\\N"),
        }
        // What the archive writes there.
        messages.push_str("\tdatanommer\t1.5.0\t");
        escape(messages, body.as_str());
        messages.push('\t');
        escape(messages, &serde_json::to_string(&sample.headers)?);
        messages.push('\n');
        for (component, others) in subjects(sample).rows() {
            let rows = &mut self.message_subjects;
            let class = TopicClass::of(&sample.topic).number();
            write!(rows, "{component}\t{id}\t{time}\t{class}\t")?;
            if others.is_empty() {
                rows.push_str("\\N\n");
            } else {
                let others: Vec<String> = others.iter().map(i64::to_string).collect();
                writeln!(rows, "{{{}}}", others.join(","))?;
            }
        }
        for user in &sample.users {
            writeln!(
                self.users_messages,
                "{}\t{id}\t{time}",
                self.users.key(user)
            )?;
        }
        for package in &sample.packages {
            writeln!(
                self.packages_messages,
                "{}\t{id}\t{time}",
                self.packages.key(package)
            )?;
        }
        Ok(())
    }
}

/// What `archive::Writer` is given of a sample.
pub fn new_message(sample: Sample) -> Result<NewMessage> {
    Ok(NewMessage {
        subjects: subjects(&sample),
        category: sample.category().to_owned(),
        agent_name: agent(&sample).map(str::to_owned),
        body: Body::parse(&sample.body).context("a body of the simulator")?,
        msg_id: sample.id,
        identity: Identity::IdAndTime,
        topic: sample.topic,
        timestamp: sample.sent_at.naive_utc(),
        headers: Some(sample.headers),
        legacy: None,
        users: sample.users,
        packages: sample.packages,
    })
}

/// What the built-in rules tell.
fn subjects(sample: &Sample) -> Subjects {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::embedded);
    let told = RULES.subjects(&MessageView {
        topic: &sample.topic,
        headers: "{}",
        body: &sample.body,
    });
    let subject = |subject: metadata::Subject| Subject::new(&subject.kind, &subject.name);
    told.into_iter().map(subject).collect()
}

/// Rules would tell; somebody whom the message concerns is near enough.
fn agent(sample: &Sample) -> Option<&str> {
    sample.users.first().map(String::as_str)
}

/// Appends a value such that COPY reads it.
fn escape(out: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = rest
        .bytes()
        .position(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r'))
    {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'\t' => "\\t",
            b'\n' => "\\n",
            _ => "\\r",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped() {
        let mut text = String::new();
        escape(&mut text, "a\\n\tb\r\né\\");
        assert_eq!(text, "a\\\\n\\tb\\r\\né\\\\");
    }
}
