//! Asking the rules about one message.

use std::cell::OnceCell;

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::context::Context;
use crate::functions;
use crate::headers::Headers;
use crate::json;
use crate::meaning::{Filters, Meaning, MessageView, Stored, Subject};
use crate::names::account_avatar;
use crate::program::Program;
use crate::rules::Rules;
use crate::source::Part;

impl Rules {
    /// Prepares to ask about a message; nothing is worked out before it is asked.
    pub fn read<'a>(&'a self, message: &MessageView<'a>) -> Reading<'a> {
        Reading::new(self, *message)
    }

    /// Everything the rules say of a message.
    pub fn meaning(&self, message: &MessageView) -> Meaning {
        self.read(message).meaning()
    }

    /// Only what a message is filtered by.
    pub fn filters(&self, message: &MessageView) -> Filters {
        self.read(message).filters()
    }

    /// What a message is about, sorted and distinct; nothing where its topic has no `[[subjects]]`.
    pub fn subjects(&self, message: &MessageView) -> Vec<Subject> {
        self.read(message).subjects()
    }

    /// The file of the rule that a message belongs to, if it belongs to one.
    pub fn file_of(&self, message: &MessageView) -> Option<&str> {
        let headers = Headers::read(message.headers);
        let rule = self.choice.of(&headers, message.topic)?;
        let (file, _) = self.programs.rule(rule).place();
        file.rsplit('/').next()
    }

    /// What must be archived in place of what was received: nothing, mostly.
    pub fn stored(&self, message: &MessageView) -> Option<Stored> {
        self.read(message).stored()
    }
}

/// What the rules say of one message, worked out as it is asked.
pub struct Reading<'a> {
    rules: &'a Rules,
    message: MessageView<'a>,
    headers: Headers,
    program: Option<&'a Program<'a>>,
    received: OnceCell<Context>,
    unwrapped: OnceCell<Option<Context>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(rules: &'a Rules, message: MessageView<'a>) -> Self {
        let headers = Headers::read(message.headers);
        let index = rules.choice.of(&headers, message.topic);
        let program = index.map(|index| rules.programs.rule(index));
        Self {
            rules,
            message,
            headers,
            program,
            received: OnceCell::new(),
            unwrapped: OnceCell::new(),
        }
    }

    /// Everything at once.
    pub fn meaning(&self) -> Meaning {
        let agent_name = self.agent_name();
        let mut meaning = Meaning {
            usernames: self.usernames(),
            packages: self.packages(),
            containers: self.containers(),
            modules: self.modules(),
            flatpaks: self.flatpaks(),
            groups: self.groups(),
            agent_avatar: self.avatar_of(agent_name.as_deref()),
            agent_name,
            app_name: self.app_name(),
            app_icon: self.app_icon(),
            url: self.url(),
            summary: self.summary(),
            text: None,
        };
        if self.program.is_some() {
            meaning.text = Some(text(&meaning, self.template(Part::Text)));
        }
        meaning
    }

    /// Only what the message is filtered by.
    pub fn filters(&self) -> Filters {
        Filters {
            usernames: self.usernames(),
            packages: self.packages(),
            agent_name: self.agent_name(),
        }
    }

    /// What the message is about, sorted and distinct.
    ///
    /// Its topic alone chooses the `[[subjects]]` that tell: headers are missing
    /// or wrong too often.
    pub fn subjects(&self) -> Vec<Subject> {
        let Some(index) = self.rules.subject_topics.find(self.message.topic) else {
            return Vec::new();
        };
        let program = self.rules.programs.subjects(index);
        let place = program.place();
        let context = self.received();
        let mut subjects = Vec::new();
        for (kind, value) in program.values(&context.root) {
            match value {
                Ok(value) => each_name(&value, |name| kind.tell(name, &mut subjects)),
                Err(error) => self.misfit(place, "subjects", &error),
            }
        }
        self.note_cut(context, place, "subjects");
        subjects.sort_unstable();
        subjects.dedup();
        subjects
    }

    /// Accounts that the message concerns.
    pub fn usernames(&self) -> Vec<String> {
        self.names(Part::Usernames, &self.headers.users)
    }

    /// RPM packages that the message concerns.
    pub fn packages(&self) -> Vec<String> {
        self.names(Part::Packages, &self.headers.packages)
    }

    /// Containers that the message concerns.
    pub fn containers(&self) -> Vec<String> {
        self.names(Part::Containers, &self.headers.containers)
    }

    /// Modules that the message concerns.
    pub fn modules(&self) -> Vec<String> {
        self.names(Part::Modules, &self.headers.modules)
    }

    /// Flatpaks that the message concerns.
    pub fn flatpaks(&self) -> Vec<String> {
        self.names(Part::Flatpaks, &self.headers.flatpaks)
    }

    /// Groups that the message concerns.
    pub fn groups(&self) -> Vec<String> {
        self.names(Part::Groups, &self.headers.groups)
    }

    /// The account that caused the message.
    pub fn agent_name(&self) -> Option<String> {
        self.single(Part::AgentName)
    }

    /// The address of the agent's picture.
    pub fn agent_avatar(&self) -> Option<String> {
        self.avatar_of(self.agent_name().as_deref())
    }

    /// The application that published the message.
    pub fn app_name(&self) -> Option<String> {
        self.template(Part::AppName)
    }

    /// The address of the application's icon.
    pub fn app_icon(&self) -> Option<String> {
        self.template(Part::AppIcon)
    }

    /// Where to read more.
    pub fn url(&self) -> Option<String> {
        self.template(Part::Url)
    }

    /// One sentence: of the rule, or else of `[[sentences]]`; the topic where neither has anything better.
    pub fn summary(&self) -> String {
        let said = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let by_rule = self.template(Part::Summary).and_then(said);
        by_rule
            .or_else(|| self.sentence().and_then(said))
            .unwrap_or_else(|| self.message.topic.to_owned())
    }

    /// A longer text, for the messages that a rule knows.
    pub fn text(&self) -> Option<String> {
        self.meaning().text
    }

    /// The value of the `priority` part.
    pub(crate) fn priority(&self) -> Option<i64> {
        self.value(Part::Priority)?.as_i64()
    }

    pub(crate) fn program(&self) -> Option<&'a Program<'a>> {
        self.program
    }

    pub(crate) fn message(&self) -> &MessageView<'a> {
        &self.message
    }

    fn avatar_of(&self, agent: Option<&str>) -> Option<String> {
        match self.program {
            Some(program) if program.speaks_of(Part::AgentAvatar) => self.single(Part::AgentAvatar),
            _ => agent.map(account_avatar),
        }
    }

    fn names(&self, part: Part, from_headers: &[String]) -> Vec<String> {
        let mut names = from_headers.to_vec();
        if let Some(program) = self.program {
            let context = self.context();
            let place = program.place();
            for value in program.names(part, &context.root) {
                match value {
                    Ok(value) => each_name(&value, |name| names.push(name.to_owned())),
                    Err(error) => self.misfit(place, part.key(), &error),
                }
            }
            self.note_cut(context, place, part.key());
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Notes that a list was too long to go through.
    fn note_cut(&self, context: &Context, place: (&str, usize), part: &str) {
        if context.body.was_cut() {
            let reason = format!("only the first {} bytes of a list count", json::MOST_BYTES);
            let error = Error::new(ErrorKind::InvalidOperation, reason);
            self.misfit(place, part, &error);
        }
    }

    fn value(&self, part: Part) -> Option<Value> {
        let program = self.program?;
        match program.value(part, &self.context().root) {
            Ok(value) => Some(value),
            Err(error) => {
                self.misfit(program.place(), part.key(), &error);
                None
            }
        }
    }

    fn single(&self, part: Part) -> Option<String> {
        functions::text(&self.value(part)?)
    }

    fn template(&self, part: Part) -> Option<String> {
        self.rendered(self.program?, part, || self.context())
    }

    /// What `[[sentences]]` say of a message without a rule.
    fn sentence(&self) -> Option<String> {
        let index = self.rules.sentence_topics.find(self.message.topic)?;
        let program = self.rules.programs.sentence(index);
        self.rendered(program, Part::Summary, || self.received())
    }

    fn rendered<'c>(
        &self,
        program: &Program,
        part: Part,
        context: impl FnOnce() -> &'c Context,
    ) -> Option<String> {
        match program.text(part, || context().root.clone()) {
            Ok(text) => text,
            Err(error) => {
                self.misfit(program.place(), part.key(), &error);
                None
            }
        }
    }

    fn misfit(&self, place: (&str, usize), part: &str, error: &Error) {
        self.rules
            .misfits
            .note(place, part, self.message.topic, error);
    }

    /// The body as the rule sees it: what it unwraps, if the message wraps that.
    fn context(&self) -> &Context {
        let unwrap = self
            .program
            .and_then(|program| program.source.unwrap.as_deref());
        let unwrapped = self.unwrapped.get_or_init(|| {
            let inner = json::member(self.message.body, unwrap?)?;
            Some(Context::new(self.message.topic, inner))
        });
        unwrapped.as_ref().unwrap_or_else(|| self.received())
    }

    /// The body as it was received.
    fn received(&self) -> &Context {
        self.received
            .get_or_init(|| Context::new(self.message.topic, self.message.body))
    }
}

/// The summary, what the message says at length, and a line for each of the
/// things that it is about.
fn text(meaning: &Meaning, prose: Option<String>) -> String {
    let mut text = meaning.summary.clone();
    if let Some(prose) = prose
        .as_deref()
        .map(str::trim)
        .filter(|prose| !prose.is_empty())
    {
        text.extend(["\n\n", prose]);
    }
    let mut separator = "\n\n";
    let mut line = |name: &str, values: &str| {
        if !values.is_empty() {
            text.extend([separator, name, ": ", values]);
            separator = "\n";
        }
    };
    line("Agent", meaning.agent_name.as_deref().unwrap_or_default());
    for (name, list) in [
        ("Users", &meaning.usernames),
        ("Groups", &meaning.groups),
        ("Packages", &meaning.packages),
        ("Containers", &meaning.containers),
        ("Modules", &meaning.modules),
        ("Flatpaks", &meaning.flatpaks),
    ] {
        line(name, &list.join(", "));
    }
    line("Link", meaning.url.as_deref().unwrap_or_default());
    text
}

/// Hands on the names in a value, which is a name or a list of them; nulls are dropped.
fn each_name(value: &Value, mut hand_on: impl FnMut(&str)) {
    let mut name = |value: &Value| match value.as_str() {
        Some(text) => hand_on(text),
        None => functions::text(value)
            .into_iter()
            .for_each(|text| hand_on(&text)),
    };
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => json::flat(value).iter().for_each(name),
        _ => name(value),
    }
}
