//! Rules, compiled once and run often.

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, Expression, Template};
use self_cell::self_cell;

use crate::fault::Fault;
use crate::functions::{self, WHOLE};
use crate::source::{Part, Snippet, Source};
use crate::spelling::misspelt;

self_cell!(
    /// Compiled rules, together with the texts that they borrow from.
    pub(crate) struct Programs {
        owner: Sources,

        #[covariant]
        dependent: Compiled,
    }
);

pub(crate) struct Sources {
    pub rules: Vec<Source>,
    env: Environment<'static>,
}

type Compiled<'a> = Vec<Program<'a>>;

impl Programs {
    /// Compiles rules, or says what is wrong with them.
    pub fn compile(rules: Vec<Source>) -> Result<Self, Vec<Fault>> {
        let sources = Sources {
            rules,
            env: functions::environment(),
        };
        Self::try_new(sources, |sources| {
            let mut faults = Vec::new();
            let programs = sources
                .rules
                .iter()
                .map(|rule| Program::compile(&sources.env, rule, &mut faults))
                .collect();
            if faults.is_empty() {
                Ok(programs)
            } else {
                Err(faults)
            }
        })
    }

    pub fn get(&self, index: usize) -> &Program<'_> {
        &self.borrow_dependent()[index]
    }

    pub fn sources(&self) -> &[Source] {
        &self.borrow_owner().rules
    }
}

/// One rule, ready to run.
pub(crate) struct Program<'a> {
    pub source: &'a Source,
    names: [Vec<Expression<'a, 'a>>; Part::NAMES.len()],
    agent_name: Option<Expression<'a, 'a>>,
    agent_avatar: Option<Expression<'a, 'a>>,
    priority: Option<Expression<'a, 'a>>,
    texts: [Option<TextProgram<'a>>; Part::TEXTS.len()],
}

/// What makes a text, ready to run.
enum TextProgram<'a> {
    Fixed(&'a str),
    Template(Template<'a, 'a>),
}

impl<'a> Program<'a> {
    fn compile(env: &'a Environment<'a>, source: &'a Source, faults: &mut Vec<Fault>) -> Self {
        let mut compiler = Compiler {
            env,
            source,
            faults,
        };
        Self {
            source,
            names: Part::NAMES.map(|part| compiler.expressions(part)),
            agent_name: compiler.expressions(Part::AgentName).pop(),
            agent_avatar: compiler.expressions(Part::AgentAvatar).pop(),
            priority: compiler.expressions(Part::Priority).pop(),
            texts: Part::TEXTS.map(|part| compiler.text(part)),
        }
    }

    /// Whether the rule says anything, even nothing, about a part.
    pub fn speaks_of(&self, part: Part) -> bool {
        self.source.parts.contains_key(&part)
    }

    /// The values of a list of names, each of which may be a list itself.
    pub fn names(&self, part: Part, context: &Value) -> impl Iterator<Item = Result<Value, Error>> {
        let expressions = &self.names[position(&Part::NAMES, part)];
        expressions
            .iter()
            .map(|expression| expression.eval(context.clone()))
    }

    /// The value of a single expression; undefined where the rule has none.
    pub fn value(&self, part: Part, context: &Value) -> Result<Value, Error> {
        let expression = match part {
            Part::AgentName => &self.agent_name,
            Part::AgentAvatar => &self.agent_avatar,
            _ => &self.priority,
        };
        expression
            .as_ref()
            .map_or(Ok(Value::UNDEFINED), |e| e.eval(context.clone()))
    }

    /// A text; nothing where the rule has none, or where it would have a hole.
    pub fn text(
        &self,
        part: Part,
        context: impl FnOnce() -> Value,
    ) -> Result<Option<String>, Error> {
        match &self.texts[position(&Part::TEXTS, part)] {
            None => Ok(None),
            Some(TextProgram::Fixed(text)) => Ok(Some((*text).to_owned())),
            Some(TextProgram::Template(template)) => match template.render(context()) {
                Err(error) if error.kind() == ErrorKind::UndefinedError => Ok(None),
                other => other.map(Some),
            },
        }
    }
}

fn position(parts: &[Part], part: Part) -> usize {
    parts
        .iter()
        .position(|&p| p == part)
        .expect("only asked for parts of its kind")
}

struct Compiler<'a, 'f> {
    env: &'a Environment<'a>,
    source: &'a Source,
    faults: &'f mut Vec<Fault>,
}

impl<'a> Compiler<'a, '_> {
    fn snippets(&self, part: Part) -> &'a [Snippet] {
        self.source.parts.get(&part).map_or(&[], Vec::as_slice)
    }

    /// Notes what is wrong with a snippet, seen when compiling or when trying it.
    fn accept<T>(&mut self, snippet: &Snippet, compiled: Result<T, Error>) -> Option<T> {
        let error = match compiled {
            Ok(compiled) => return Some(compiled),
            Err(error) => error,
        };
        let line = snippet.line + error.line().unwrap_or(1).saturating_sub(1);
        let mut reason = error.kind().to_string();
        if let Some(detail) = error.detail() {
            reason = format!("{reason}: {detail}");
        }
        self.faults
            .push(Fault::new(&self.source.file, line, reason));
        None
    }

    /// Whether all functions of a snippet exist.
    fn is_spelt(&mut self, snippet: &Snippet) -> bool {
        let Some((line, name)) = misspelt(self.env, &snippet.text) else {
            return true;
        };
        let reason = format!("there is no function `{name}`");
        self.faults
            .push(Fault::new(&self.source.file, snippet.line + line, reason));
        false
    }

    fn expressions(&mut self, part: Part) -> Vec<Expression<'a, 'a>> {
        let mut expressions = Vec::new();
        for snippet in self.snippets(part) {
            let compiled = self.env.compile_expression(&snippet.text);
            let compiled = self.accept(snippet, compiled);
            expressions.extend(
                compiled
                    .filter(|_| self.is_spelt(snippet))
                    .and_then(|compiled| {
                        let tried =
                            mistaken(compiled.eval(nothing()).err()).map_or(Ok(compiled), Err);
                        self.accept(snippet, tried)
                    }),
            );
        }
        expressions
    }

    fn text(&mut self, part: Part) -> Option<TextProgram<'a>> {
        let snippet = self.snippets(part).first()?;
        if !snippet.text.contains("{{") && !snippet.text.contains("{%") {
            return Some(TextProgram::Fixed(&snippet.text));
        }
        let name = if part == Part::Summary {
            part.key()
        } else {
            WHOLE
        };
        let compiled = self.env.template_from_named_str(name, &snippet.text);
        let compiled = self
            .accept(snippet, compiled)
            .filter(|_| self.is_spelt(snippet))?;
        let tried = mistaken(compiled.render(nothing()).err()).map_or(Ok(compiled), Err);
        self.accept(snippet, tried).map(TextProgram::Template)
    }
}

/// The body of the trial run.
fn nothing() -> Value {
    crate::json::value("{}")
}

/// Some mistakes only show when a function is called.
fn mistaken(error: Option<Error>) -> Option<Error> {
    error.filter(|error| {
        matches!(
            error.kind(),
            ErrorKind::UnknownFunction
                | ErrorKind::UnknownMethod
                | ErrorKind::MissingArgument
                | ErrorKind::TooManyArguments
        )
    })
}
