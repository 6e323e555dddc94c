//! What the operator is told: a bar on a terminal, lines elsewhere, and the sums at the end.

use archive::{Addition, Amended, BodyError, Message, Position};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use service::{complain, say};

use super::options::{ExtractOptions, written};

pub struct Report<'a> {
    asked: &'a ExtractOptions,
    bar: ProgressBar,
    /// What was found in the current chunk, to be told when it is committed.
    found: Vec<String>,
    considered: u64,
    changed: u64,
    unreadable: u64,
    total: Amended,
}

impl<'a> Report<'a> {
    pub fn new(messages: u64, asked: &'a ExtractOptions) -> Self {
        say(format_args!(
            "Considering {messages} {}",
            if messages == 1 { "message" } else { "messages" }
        ));
        // After an error it stays, as it tells the place.
        let bar = ProgressBar::new(messages).with_finish(ProgressFinish::Abandon);
        // Hidden where standard error is no terminal.
        if let Ok(style) =
            ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {eta}\n{msg}")
        {
            bar.set_style(style);
        }
        let total = Amended::default();
        Self {
            asked,
            bar,
            found: Vec::new(),
            considered: 0,
            changed: 0,
            unreadable: 0,
            total,
        }
    }

    /// A chunk begins after this place.
    pub fn begin(&self, after: Option<Position>) {
        if self.bar.is_hidden() {
            let time = after
                .map(|position| position.timestamp)
                .or(self.asked.start);
            let since = time
                .map(|time| format!(" sent after {time}"))
                .unwrap_or_default();
            say(format_args!(
                "Working on {} messages{since}",
                self.asked.chunk_size
            ));
        }
    }

    /// Something is to be added to a message.
    pub fn note(&mut self, message: &Message, addition: &Addition) {
        if !self.asked.debug && !self.asked.dry_run {
            return;
        }
        let of = format!("for message {} of topic {}", name(message), message.topic);
        if !addition.users.is_empty() {
            self.found
                .push(format!("Usernames {of}: {}", addition.users.join(", ")));
        }
        if !addition.packages.is_empty() {
            self.found
                .push(format!("Packages {of}: {}", addition.packages.join(", ")));
        }
        if let Some(agent) = &addition.agent_name {
            self.found.push(format!("Agent {of}: {agent}"));
        }
        if let Some(subjects) = &addition.subjects {
            self.found
                .push(format!("Subjects {of}: {}", subjects.len()));
        }
    }

    /// A message is left alone.
    pub fn unreadable(&mut self, message: &Message, reason: &BodyError) {
        self.unreadable += 1;
        let line = format!(
            "Could not load message {} on topic {}: {reason}",
            name(message),
            message.topic
        );
        self.bar.suspend(|| complain(&line));
    }

    /// So many messages were looked at.
    pub fn advance(&mut self, messages: usize) {
        self.considered += messages as u64;
        self.bar.inc(messages as u64);
    }

    /// A chunk is done, up to this place; without `amended` nothing was changed.
    pub fn committed(
        &mut self,
        additions: &[Addition],
        amended: Option<Amended>,
        after: Option<Position>,
    ) {
        let found = || Amended {
            users: additions
                .iter()
                .map(|addition| addition.users.len() as u64)
                .sum(),
            packages: additions
                .iter()
                .map(|addition| addition.packages.len() as u64)
                .sum(),
            agents: additions
                .iter()
                .filter(|addition| addition.agent_name.is_some())
                .count() as u64,
            subjects: additions
                .iter()
                .filter(|addition| addition.subjects.is_some())
                .count() as u64,
        };
        let amended = amended.unwrap_or_else(found);
        self.total.users += amended.users;
        self.total.packages += amended.packages;
        self.total.agents += amended.agents;
        self.total.subjects += amended.subjects;
        self.changed += additions.len() as u64;
        let lines = std::mem::take(&mut self.found);
        self.bar.suspend(|| lines.iter().for_each(say));
        let Some(after) = after else { return };
        let place = format!("to go on from here: --after {}", written(after));
        if self.bar.is_hidden() {
            say(format_args!(
                "Done with {} messages; {place}",
                self.considered
            ));
        } else {
            self.bar.set_message(place);
        }
    }

    /// The sums.
    pub fn end(self) {
        self.bar.finish_and_clear();
        let Self {
            considered,
            changed,
            unreadable,
            total:
                Amended {
                    users,
                    packages,
                    agents,
                    subjects,
                },
            ..
        } = self;
        let verb = if self.asked.dry_run {
            "would change"
        } else {
            "changed"
        };
        say(format_args!(
            "Considered {considered} messages, {verb} {changed} of them: {users} users, {packages} packages and \
             {agents} agents added, {subjects} given other subjects; {unreadable} could not be read"
        ));
    }
}

/// The sender's id, or ours.
fn name(message: &Message) -> String {
    message
        .msg_id
        .clone()
        .unwrap_or_else(|| message.id.to_string())
}
