//! What rules can do with values, beyond what the language brings along.
//!
//! Every function takes whatever it is given: where a value does not fit, it
//! answers nothing rather than fail, and on a list it works item by item.

use std::collections::HashSet;

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::json::{self, MOST_BYTES};
use crate::names::{account, account_avatar, avatar, email_address, mentions, package_of_nvr};

/// Instructions one part of a rule may take: far more than any sensible rule
/// needs, and few enough that no body can keep it busy for long.
const FUEL: u64 = 20_000;

/// The name under which templates are compiled that must be whole: a link with
/// a hole in it leads nowhere.
pub(crate) const WHOLE: &str = "whole";

/// What stands for something missing in the middle of a sentence.
const MISSING: &str = "?";

/// The language of the rules.
pub(crate) fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    env.set_fuel(Some(FUEL));
    env.set_formatter(print);
    add_names(&mut env);
    add_texts(&mut env);
    add_values(&mut env);
    env
}

/// Adds what finds names of people and packages.
fn add_names(env: &mut Environment<'static>) {
    env.add_filter("account", |name: &Value| {
        each(name, |_, n| account(n).map(Value::from))
    });
    env.add_filter("account_avatar", avatar_of_any);
    env.add_filter("email_address", |header: &Value| {
        each(header, |_, h| Some(email_address(h).into()))
    });
    env.add_filter("email_avatar", |address: &Value| {
        each(address, |_, a| (!a.is_empty()).then(|| avatar(a).into()))
    });
    env.add_filter("mentions", |text: &Value| {
        each(text, |_, t| Some(mentions(t).map(Value::from).collect()))
    });
    env.add_filter("package_of_nvr", |nvr: &Value| {
        each(nvr, |_, n| Some(package_of_nvr(n).into()))
    });
}

/// Adds what cuts and reads texts.
fn add_texts(env: &mut Environment<'static>) {
    env.add_filter("after", |text: &Value, mark: &str| {
        each(text, |_, t| t.split_once(mark).map(|(_, rest)| rest.into()))
    });
    env.add_filter("before", |text: &Value, mark: &str| {
        each(text, |v, t| {
            Some(
                t.split_once(mark)
                    .map_or(v.clone(), |(start, _)| start.into()),
            )
        })
    });
    env.add_filter("from_json", |text: &Value| {
        each(text, |_, t| Some(json::value(t)))
    });
    env.add_filter("parts", parts);
    env.add_filter("short", |text: &Value, length: usize| {
        each(text, |v, t| Some(short(v, t, length)))
    });
    env.add_filter("texts", texts);
    env.add_filter("without_end", |text: &Value, end: &str| {
        each(text, |v, t| {
            Some(t.strip_suffix(end).map_or(v.clone(), Value::from))
        })
    });
    env.add_test("digits", |text: &Value| {
        text.as_str()
            .is_some_and(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()))
    });
}

/// Adds what lists, counts and combines values.
fn add_values(env: &mut Environment<'static>) {
    env.add_filter("joined", joined);
    env.add_filter("keys", keys);
    env.add_filter("length", |value: &Value| value.len().unwrap_or(0));
    env.add_filter("listed", listed);
    env.add_filter("number", number);
    env.add_filter("pick", pick);
    env.add_filter("unless_in", unless_in);
    env.add_filter("where", where_);
    env.add_function("combined", combined);
}

/// Prints a value in a template.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let printed = match (value.as_str(), value.kind()) {
        (Some(text), _) => out.write_str(text),
        (_, ValueKind::Seq | ValueKind::Iterable) => out.write_str(&printed(value).join(", ")),
        (_, ValueKind::None | ValueKind::Undefined) if state.name() == WHOLE => {
            return Err(ErrorKind::UndefinedError.into());
        }
        (_, ValueKind::None | ValueKind::Undefined) => out.write_str(MISSING),
        _ => return minijinja::escape_formatter(out, state, value),
    };
    printed.map_err(Into::into)
}

/// `object | keys`: the names of its members.
fn keys(object: &Value) -> Value {
    let is_map = object.kind() == ValueKind::Map;
    let names = is_map
        .then(|| object.try_iter().ok())
        .flatten()
        .into_iter()
        .flatten();
    names.collect()
}

/// The picture of an account; for nobody, the one that stands for nobody.
fn avatar_of_any(name: &Value) -> Option<String> {
    match name.kind() {
        ValueKind::Undefined | ValueKind::None => Some(account_avatar("None")),
        _ => text(name).map(|name| account_avatar(&name)),
    }
}

/// Applies `f` to a text or to every text of a list.
fn each(value: &Value, f: impl Fn(&Value, &str) -> Option<Value>) -> Value {
    if let Some(text) = value.as_str() {
        return f(value, text).unwrap_or(Value::UNDEFINED);
    }
    if value.kind() != ValueKind::Seq && value.kind() != ValueKind::Iterable {
        return Value::UNDEFINED;
    }
    json::flat(value)
        .iter()
        .filter_map(|item| f(item, item.as_str()?))
        .collect()
}

/// The items of a list; of anything else, none.
fn items(value: &Value) -> impl Iterator<Item = Value> {
    let list = matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable);
    list.then(|| value.try_iter().ok())
        .flatten()
        .into_iter()
        .flatten()
}

/// `list | pick('a.b')`: what each item holds there.
fn pick(list: &Value, path: &str) -> Value {
    json::pick(list, path).into()
}

/// `list | where('a.b', value)`: the items that hold the value there.
fn where_(list: &Value, path: &str, wanted: &Value) -> Value {
    let follow = |item: &Value| {
        path.split('.')
            .try_fold(item.clone(), |v, key| v.get_attr(key).ok())
    };
    items(list)
        .filter(|item| follow(item).as_ref() == Some(wanted))
        .collect()
}

/// `value | unless_in(['a', 'b'])`: what is not one of these.
fn unless_in(value: &Value, names: &Value) -> Value {
    let names: HashSet<String> = items(names)
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    each(value, |v, text| (!names.contains(text)).then(|| v.clone()))
}

/// `value | texts`: only what is a text.
fn texts(value: &Value) -> Value {
    each(value, |v, _| Some(v.clone()))
}

/// `text | parts(' ,')`: what stands between any of these characters.
fn parts(value: &Value, marks: &str) -> Value {
    let texts = printed(value);
    let parts = texts
        .iter()
        .flat_map(|text| text.split(|c| marks.contains(c)));
    parts
        .filter(|part| !part.is_empty())
        .map(Value::from)
        .collect()
}

/// `list | joined`: `a, b, c`, or with another separator.
fn joined(list: &Value, separator: Option<&str>) -> Value {
    let names = printed(list);
    if names.is_empty() {
        return Value::UNDEFINED;
    }
    names.join(separator.unwrap_or(", ")).into()
}

/// `list | listed`: `a`, `a and b`, `a, b and c`.
fn listed(list: &Value) -> Value {
    match printed(list).as_slice() {
        [] => Value::UNDEFINED,
        [one] => one.as_str().into(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")).into(),
    }
}

/// The texts and numbers of a list, or a single one, as texts.
fn printed(list: &Value) -> Vec<String> {
    match list.kind() {
        ValueKind::Seq | ValueKind::Iterable => json::flat(list).iter().filter_map(text).collect(),
        _ => text(list).into_iter().collect(),
    }
}

/// A text or number as text.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value.kind() {
        ValueKind::String => value.as_str().map(str::to_owned),
        ValueKind::Number => Some(value.to_string()),
        _ => None,
    }
}

/// `combined(a, '/', b)`: the parts put together, once for each combination of
/// the items of those parts that are lists.
fn combined(parts: Rest<Value>) -> Result<Value, Error> {
    let length = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
    let mut texts = vec![String::new()];
    for part in parts.iter() {
        let printed = printed(part);
        // Each of the ones with each of the others.
        let bytes = length(&texts) * printed.len() + length(&printed) * texts.len();
        if bytes > MOST_BYTES {
            let reason = format!("combinations are longer than {MOST_BYTES} bytes");
            return Err(Error::new(ErrorKind::InvalidOperation, reason));
        }
        texts = texts
            .iter()
            .flat_map(|text| printed.iter().map(move |name| format!("{text}{name}")))
            .collect();
    }
    Ok(texts.into())
}

/// `value | number`: a number, also where it is written as a text.
fn number(value: &Value) -> Value {
    let parsed = value
        .as_str()
        .and_then(|text| text.trim().parse::<i64>().ok());
    parsed
        .or_else(|| value.as_i64())
        .map_or(Value::UNDEFINED, Value::from)
}

fn short(value: &Value, text: &str, length: usize) -> Value {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn eval(expression: &str) -> Value {
        let env = environment();
        let people = r#"{"people":[{"n":"ann","k":{"x":1}},{"n":"bob"},{"m":0},7],"one":"zsh-5.9-1","none":null}"#;
        env.compile_expression(expression)
            .unwrap()
            .eval(json::value(people))
            .unwrap()
    }

    #[test]
    fn functions_work_on_texts_and_on_lists() {
        for (expression, expected) in [
            ("people | pick('n')", "['ann', 'bob']"),
            ("people | pick('k.x')", "[1]"),
            ("people | where('n', 'bob') | pick('n')", "['bob']"),
            ("one | package_of_nvr", "zsh"),
            (
                "['a-b-1-2', 'a-1', 'a'] | package_of_nvr",
                "['a-b', 'a', 'a']",
            ),
            (
                "'hi @ann_b, (@no) @bob-x a@c @' | mentions",
                "['ann_b', 'bob']",
            ),
            ("'a@b@c' | before('@')", "a"),
            ("'abc' | before('@')", "abc"),
            ("'a/b' | without_end('/b')", "a"),
            ("'a: b' | after(': ')", "b"),
            ("'a, b' | parts(' ,')", "['a', 'b']"),
            ("['a b', none, 'c'] | parts(' ')", "['a', 'b', 'c']"),
            ("'http://ann.id.fedoraproject.org/' | account", "ann"),
            (
                "['bob@fedoraproject.org', 'bob@x.org', 'bob'] | account",
                "['bob', 'bob']",
            ),
            ("people[0] | keys", "['n', 'k']"),
            ("['a', 'b', none, 3] | listed", "a, b and 3"),
            ("['a', none, 3] | joined", "a, 3"),
            ("['a', 'b'] | joined(' ')", "a b"),
            ("combined(['a', 'b'], ':', 'x')", "['a:x', 'b:x']"),
            ("'añbc' | short(2)", "añ…"),
            ("'añ' | short(2)", "añ"),
            ("['x', none, 4] | texts", "['x']"),
            ("'x' | unless_in(['x', 'y'])", ""),
            ("('{\"a\":[1]}' | from_json).a[0] + 1", "2"),
            ("'12' | number + 1", "13"),
            ("nothing | length", "0"),
            ("'12' is digits", "True"),
        ] {
            assert_eq!(eval(expression).to_string(), expected, "{expression}");
        }
    }

    #[test]
    fn nothing_fails_on_what_does_not_fit() {
        for function in [
            "account",
            "account_avatar",
            "keys",
            "after('x')",
            "before('x')",
            "email_address",
            "email_avatar",
            "from_json",
            "length",
            "number",
            "joined",
            "listed",
            "mentions",
            "package_of_nvr",
            "parts('x')",
            "pick('a')",
            "short(3)",
            "texts",
            "unless_in(7)",
            "where('a', 1)",
            "without_end('x')",
        ] {
            for value in [
                "7",
                "none",
                "nowhere.at.all",
                "people",
                "people[0]",
                "true",
                "''",
                "[[], [1]]",
            ] {
                eval(&format!("({value}) | {function}"));
            }
        }
    }

    #[test]
    fn a_link_must_be_whole() {
        let env = environment();
        let template = |name| env.template_from_named_str(name, "x{{ y.z }}").unwrap();
        assert_eq!(template("sentence").render(context! {}).unwrap(), "x?");
        assert!(template(WHOLE).render(context! {}).is_err());
    }
}
