//! Conditions that leave out what a reader hides.

use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::hidden::Hidden;

/// Appends that a message is not hidden; `table` is what stands before its columns. Nothing, where nothing is.
pub(crate) fn push_shown(sql: &mut Sql, hidden: &Hidden, table: &str) {
    push_none(sql, &format!("{table}topic"), &hidden.topics);
    push_none(sql, &format!("{table}category"), &hidden.categories);
}

/// Appends that a counter of topics or categories, or a note, is of no hidden one.
pub(crate) fn push_shown_counter(sql: &mut Sql, hidden: &Hidden, dimension: Dimension) {
    match dimension {
        Dimension::Topics => {
            push_none(sql, "name", &hidden.topics);
            push_none(sql, "category", &hidden.categories);
        }
        Dimension::Categories => push_none(sql, "name", &hidden.categories),
        Dimension::Users | Dimension::Packages | Dimension::Agents | Dimension::Subjects => {}
    }
}

/// Appends that a counter, or a note, is of a hidden topic.
pub(crate) fn push_hidden_topic(sql: &mut Sql, hidden: &Hidden) {
    sql.push(" AND name = ANY (")
        .bind(Bind::Texts(hidden.topics.clone()))
        .push(")");
}

/// Whether counters of this dimension count hidden topics, too, whose counts are to be taken away.
pub(crate) fn counts_hidden_topics(hidden: &Hidden, dimension: Dimension) -> bool {
    dimension == Dimension::Categories && !hidden.topics.is_empty()
}

fn push_none(sql: &mut Sql, column: &str, hidden: &[String]) {
    if !hidden.is_empty() {
        sql.push(&format!(" AND {column} <> ALL ("))
            .bind(Bind::Texts(hidden.to_vec()))
            .push(")");
    }
}
