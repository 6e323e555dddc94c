//! Rules, compiled once and run often.

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, Expression, Template};
use self_cell::self_cell;

use crate::fault::Fault;
use crate::functions::{self, WHOLE};
use crate::kinds::Kind;
use crate::source::{Part, Snippet, Source, SubjectSource, Written};
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
    written: Written,
    /// The expressions of each `[[subjects]]` table as one.
    lists: Vec<String>,
    env: Environment<'static>,
}

pub(crate) struct Compiled<'a> {
    rules: Vec<Program<'a>>,
    subjects: Vec<SubjectProgram<'a>>,
    sentences: Vec<Program<'a>>,
}

impl Programs {
    /// Compiles rules, or says what is wrong with them.
    pub fn compile(written: Written) -> Result<Self, Vec<Fault>> {
        let sources = Sources {
            lists: written.subjects.iter().map(list).collect(),
            written,
            env: functions::environment(),
        };
        Self::try_new(
            sources,
            |Sources {
                 written,
                 lists,
                 env,
             }| {
                let mut faults = Vec::new();
                let rules = written.rules.iter();
                let subjects = written.subjects.iter().zip(lists);
                let sentences = written.sentences.iter();
                let compiled = Compiled {
                    rules: rules
                        .map(|rule| Program::compile(env, rule, &mut faults))
                        .collect(),
                    subjects: subjects
                        .map(|(table, list)| SubjectProgram::compile(env, table, list, &mut faults))
                        .collect(),
                    sentences: sentences
                        .map(|table| Program::compile(env, table, &mut faults))
                        .collect(),
                };
                if faults.is_empty() {
                    Ok(compiled)
                } else {
                    Err(faults)
                }
            },
        )
    }

    pub fn rule(&self, index: usize) -> &Program<'_> {
        &self.borrow_dependent().rules[index]
    }

    pub fn subjects(&self, index: usize) -> &SubjectProgram<'_> {
        &self.borrow_dependent().subjects[index]
    }

    pub fn sentence(&self, index: usize) -> &Program<'_> {
        &self.borrow_dependent().sentences[index]
    }

    pub fn written(&self) -> &Written {
        &self.borrow_owner().written
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
            file: &source.file,
            faults,
        };
        let snippets = |part| source.parts.get(&part).map_or(&[][..], Vec::as_slice);
        Self {
            source,
            names: Part::NAMES.map(|part| compiler.expressions(snippets(part))),
            agent_name: compiler.expressions(snippets(Part::AgentName)).pop(),
            agent_avatar: compiler.expressions(snippets(Part::AgentAvatar)).pop(),
            priority: compiler.expressions(snippets(Part::Priority)).pop(),
            texts: Part::TEXTS.map(|part| compiler.text(part, snippets(part))),
        }
    }

    /// The file and the line that the rule starts on.
    pub fn place(&self) -> (&'a str, usize) {
        (&self.source.file, self.source.line)
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

/// One `[[subjects]]` table, ready to run.
pub(crate) struct SubjectProgram<'a> {
    source: &'a SubjectSource,
    kinds: Vec<(Kind, Expression<'a, 'a>)>,
    /// All expressions as one list: to begin a run takes longer than most of them.
    list: Option<Expression<'a, 'a>>,
}

impl<'a> SubjectProgram<'a> {
    fn compile(
        env: &'a Environment<'a>,
        source: &'a SubjectSource,
        list: &'a str,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let mut compiler = Compiler {
            env,
            file: &source.file,
            faults,
        };
        let mut kinds = Vec::new();
        for (kind, snippets) in &source.kinds {
            let expressions = compiler.expressions(snippets).into_iter();
            kinds.extend(expressions.map(|expression| (Kind::named(kind), expression)));
        }
        Self {
            source,
            kinds,
            list: env.compile_expression(list).ok(),
        }
    }

    /// The file and the line that the table starts on.
    pub fn place(&self) -> (&'a str, usize) {
        (&self.source.file, self.source.line)
    }

    /// The values that hold names, each of which may be a list, with the kind that they are names of.
    pub fn values(&self, context: &Value) -> impl Iterator<Item = (&Kind, Result<Value, Error>)> {
        let all = self
            .list
            .as_ref()
            .and_then(|list| list.eval(context.clone()).ok());
        let each = self.kinds.iter().enumerate();
        each.map(move |(n, (kind, expression))| {
            let value = all.as_ref().and_then(|all| all.get_item_by_index(n).ok());
            // Where one of them fails, the others still count.
            (
                kind,
                value.map_or_else(|| expression.eval(context.clone()), Ok),
            )
        })
    }
}

/// The expressions of a table, in the order of its kinds.
fn list(table: &SubjectSource) -> String {
    let snippets = table.kinds.values().flatten();
    let items: Vec<String> = snippets
        .map(|snippet| format!("({})", snippet.text))
        .collect();
    format!("[{}]", items.join(", "))
}

fn position(parts: &[Part], part: Part) -> usize {
    parts
        .iter()
        .position(|&p| p == part)
        .expect("only asked for parts of its kind")
}

struct Compiler<'a, 'f> {
    env: &'a Environment<'a>,
    file: &'a str,
    faults: &'f mut Vec<Fault>,
}

impl<'a> Compiler<'a, '_> {
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
        self.faults.push(Fault::new(self.file, line, reason));
        None
    }

    /// Whether all functions of a snippet exist.
    fn is_spelt(&mut self, snippet: &Snippet) -> bool {
        let Some((line, name)) = misspelt(self.env, &snippet.text) else {
            return true;
        };
        let reason = format!("there is no function `{name}`");
        self.faults
            .push(Fault::new(self.file, snippet.line + line, reason));
        false
    }

    fn expressions(&mut self, snippets: &'a [Snippet]) -> Vec<Expression<'a, 'a>> {
        let mut expressions = Vec::new();
        for snippet in snippets {
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

    fn text(&mut self, part: Part, snippets: &'a [Snippet]) -> Option<TextProgram<'a>> {
        let snippet = snippets.first()?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader;

    #[test]
    fn all_expressions_of_a_table_are_run_as_one_list() {
        let text =
            "[[subjects]]\ntopics = 'a'\nzoo = ['x if y', \"combined(a, '-', b)\"]\ncage = 'c'\n";
        let written = reader::read("zoo.toml", text).expect("no mistakes");
        let programs = Programs::compile(written).expect("no mistakes");
        let list = programs.subjects(0).list.as_ref().expect("a list");
        let body = crate::json::value(r#"{"x": 1, "y": true, "a": "a", "b": "b", "c": "d"}"#);
        let values = list.eval(body).expect("all fit");
        assert_eq!(values.to_string(), "['d', 1, ['a-b']]");
    }
}
