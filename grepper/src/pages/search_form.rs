//! The form of a search, filled in as it was asked. It is sent to `/find`, which leaves out what is blank.

use askama::Template;

use crate::filters::in_form;
use crate::pages::render::render;

/// The parameter at fault, and what it may be.
#[derive(Clone, Copy, Debug)]
pub struct Wrong<'a> {
    /// The parameter.
    pub name: &'a str,
    /// What it must be.
    pub allowed: &'a str,
}

/// The form, for a search at `path` that was asked by `query`.
pub fn search_form(
    root: &str,
    path: &str,
    query: &[(String, String)],
    wrong: Option<Wrong>,
) -> String {
    let kept = query.iter();
    let kept = kept.filter(|(name, _)| !is_field(name) && !names_page(name));
    render(&WholeForm {
        root,
        path,
        fields: filled_fields(query),
        kept: kept.collect(),
        ascending: value_of(query, "order") == Some("asc"),
        wanted_size: value_of(query, "size").unwrap_or("large"),
        wrong,
    })
}

#[derive(Template)]
#[template(path = "search_form.html")]
struct WholeForm<'a> {
    root: &'a str,
    path: &'a str,
    fields: Vec<Field<'a>>,
    kept: Vec<&'a (String, String)>,
    ascending: bool,
    wanted_size: &'a str,
    wrong: Option<Wrong<'a>>,
}

/// What the template asks it for.
impl WholeForm<'_> {
    fn fault_of(&self, name: &str) -> Option<&str> {
        let wrong = self.wrong.filter(|wrong| wrong.name == name)?;
        Some(wrong.allowed)
    }
}

/// The search field for one value of a parameter.
struct Field<'a> {
    name: &'static str,
    label: &'static str,
    value: &'a str,
}

/// Fields of the form beside those of the filters: parameters and labels.
const OTHER_FIELDS: [(&str, &str); 4] = [
    ("contains", "Contains"),
    ("start", "Start"),
    ("end", "End"),
    ("delta", "Last seconds"),
];

/// The fields of the form: parameters and labels.
fn fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    let filters = in_form().into_iter();
    filters
        .map(|filter| (filter.name, filter.label))
        .chain(OTHER_FIELDS)
}

/// A search field per given value, and an empty one for each parameter without.
fn filled_fields(query: &[(String, String)]) -> Vec<Field<'_>> {
    let mut filled = Vec::new();
    for (name, label) in fields() {
        let before = filled.len();
        for (given, value) in query {
            if given == name && !value.is_empty() {
                filled.push(Field { name, label, value });
            }
        }
        if filled.len() == before {
            filled.push(Field {
                name,
                label,
                value: "",
            });
        }
    }
    filled
}

/// Whether the form has a field for the parameter.
fn is_field(name: &str) -> bool {
    ["order", "size"].contains(&name) || fields().any(|(field, _)| field == name)
}

/// Whether the parameter concerns one page only.
fn names_page(name: &str) -> bool {
    ["page", "chrome", "callback"].contains(&name)
}

fn value_of<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = query.iter().filter(|(given, _)| given == name);
    values.next().map(|(_, value)| value.as_str())
}
