//! What spans are called along an axis: no name twice in a row.

use chrono::NaiveDateTime;

use crate::chart::data::ChartData;

/// How the beginning of a span is told where its name is that of the one before: the coarsest that differs.
const FINER: [&str; 3] = ["%-d %b", "%H:%M", "%H:%M:%S"];

/// Every `step`th span and what it is called; those that nothing tells from the one before are left out.
pub fn named(data: &ChartData, step: usize) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    let mut before: Option<usize> = None;
    for span in (0..data.spans()).step_by(step) {
        let name = match before {
            Some(before) if data.x_label(before) == data.x_label(span) => {
                let edge = |span: usize| data.edges.get(span).copied();
                edge(before).zip(edge(span)).and_then(finer)
            }
            _ => Some(data.x_label(span).to_owned()),
        };
        named.extend(name.map(|name| (span, name)));
        before = Some(span);
    }
    named
}

fn finer((before, begins): (NaiveDateTime, NaiveDateTime)) -> Option<String> {
    let mut told = FINER
        .iter()
        .map(|form| [before, begins].map(|edge| edge.format(form).to_string()));
    let [_, differs] = told.find(|[before, begins]| before != begins)?;
    Some(differs)
}
