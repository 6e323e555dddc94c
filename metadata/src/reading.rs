//! Asking the rules about one message.

use std::cell::OnceCell;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, Value, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::functions;
use crate::headers::Headers;
use crate::json;
use crate::meaning::{Meaning, MessageView, Stored, Subjects};
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
    pub fn subjects(&self, message: &MessageView) -> Subjects {
        self.read(message).subjects()
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
    context: OnceCell<Value>,
    body: OnceCell<Arc<json::Body>>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(rules: &'a Rules, message: MessageView<'a>) -> Self {
        let headers = Headers::read(message.headers);
        let index = rules.choice.of(&headers, message.topic);
        let program = index.map(|index| rules.programs.get(index));
        Self {
            rules,
            message,
            headers,
            program,
            context: OnceCell::new(),
            body: OnceCell::new(),
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
    pub fn subjects(&self) -> Subjects {
        Subjects {
            usernames: self.usernames(),
            packages: self.packages(),
            agent_name: self.agent_name(),
        }
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

    /// One sentence; the topic where no rule has anything better.
    pub fn summary(&self) -> String {
        let summary = self.template(Part::Summary);
        let summary = summary
            .as_deref()
            .map(str::trim)
            .filter(|summary| !summary.is_empty());
        summary.unwrap_or(self.message.topic).to_owned()
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
            for value in program.names(part, self.context()) {
                match value {
                    Ok(value) => collect(&value, &mut names),
                    Err(error) => self.misfit(part, &error),
                }
            }
            self.note_cut(part);
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Notes that a list was too long to go through.
    fn note_cut(&self, part: Part) {
        if self.body.get().is_some_and(|body| body.was_cut()) {
            let reason = format!("only the first {} bytes of a list count", json::MOST_BYTES);
            self.misfit(part, &Error::new(ErrorKind::InvalidOperation, reason));
        }
    }

    fn value(&self, part: Part) -> Option<Value> {
        match self.program?.value(part, self.context()) {
            Ok(value) => Some(value),
            Err(error) => {
                self.misfit(part, &error);
                None
            }
        }
    }

    fn single(&self, part: Part) -> Option<String> {
        functions::text(&self.value(part)?)
    }

    fn template(&self, part: Part) -> Option<String> {
        match self.program?.text(part, || self.context().clone()) {
            Ok(text) => text,
            Err(error) => {
                self.misfit(part, &error);
                None
            }
        }
    }

    fn misfit(&self, part: Part, error: &Error) {
        if let Some(program) = self.program {
            self.rules
                .misfits
                .note(program.source, part, self.message.topic, error);
        }
    }

    fn context(&self) -> &Value {
        self.context.get_or_init(|| {
            let unwrap = self
                .program
                .and_then(|program| program.source.unwrap.as_deref());
            let inner = unwrap.and_then(|member| json::member(self.message.body, member));
            let body = json::Body::new(inner.unwrap_or(self.message.body));
            let body = self.body.get_or_init(|| body);
            Value::from_object(Root {
                topic: self.message.topic.into(),
                body: body.value(),
            })
        })
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

/// Adds the names in a value, which is a name or a list of them; nulls are dropped.
fn collect(value: &Value, names: &mut Vec<String>) {
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            names.extend(json::flat(value).iter().filter_map(functions::text));
        }
        _ => names.extend(functions::text(value)),
    }
}
