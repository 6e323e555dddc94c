//! The `FROM` and `WHERE` of what matches.
//!
//! Tables have the same aliases in every statement:
//!
//! | alias | rows |
//! | --- | --- |
//! | `m` | messages |
//! | `d` | the association that leads |
//! | `a` | an association that is looked up for a message |
//! | `driving` | the values of the dimension that leads, one a row, in its column `value` |
//! | `part` | spans of time, one a row, in its columns `first` and `past` |
//! | `page` | the positions of a page's messages |

use crate::database::sql::{Bind, Sql};
use crate::dimension::Dimension;
use crate::query::about::About;
use crate::query::asked::Filter;
use crate::query::index::AnswerIndex;
use crate::query::plan::{Key, Plan};
use crate::query::spelling::{Spelling, spellings};

/// Which values of the dimension that leads a statement is for.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum LeadValues {
    /// All of them: the order does not matter.
    Any,
    /// The one in the row `driving`.
    Each,
}

/// Where a statement takes the time from.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum TimeSource {
    /// The plan.
    Plan,
    /// The row `part`.
    Part,
}

impl Plan {
    /// Appends `FROM` and `WHERE` of the messages that match.
    pub(super) fn push_matching(&self, sql: &mut Sql, values: LeadValues, time: TimeSource) {
        let key = self.key();
        match self.association() {
            Some((index, filter)) => self.push_association(sql, index, filter, values, time),
            None => {
                sql.push(" FROM messages m WHERE true");
            }
        }
        self.push_time(sql, time, &[key.timestamp]);
        self.push_bounds(sql, key);
        for filter in &self.asked.filters {
            let leads = self.is_led_by(filter.dimension);
            if filter.dimension.is_association() {
                push_associated(sql, filter, leads, key);
            } else if leads && values == LeadValues::Each {
                let column = filter.dimension.index().column;
                sql.push(&format!(" AND m.{column} = driving.value"));
                push_unequal(sql, filter);
            } else {
                push_equal(sql, filter);
                push_unequal(sql, filter);
            }
        }
        if self.asked.without_agent {
            sql.push(" AND m.agent_name IS NULL");
        }
        push_texts(sql, &self.asked.texts);
    }

    /// Appends `FROM` and the start of `WHERE` for the association that leads, and the messages
    /// that it leads to if these are needed.
    fn push_association(
        &self,
        sql: &mut Sql,
        index: AnswerIndex,
        filter: &Filter,
        values: LeadValues,
        time: TimeSource,
    ) {
        let AnswerIndex { table, column, .. } = index;
        let known = filter.any.known();
        let only = filter.any.only();
        let is_distinct = values == LeadValues::Any && only.is_none();
        if let Some(about) = known {
            self.push_about(sql, about, time);
        } else if is_distinct {
            // A message that concerns several of them comes once.
            sql.push(&format!(
                " FROM (SELECT DISTINCT msg_id, msg_timestamp FROM {table} WHERE {column} = ANY ("
            ));
            sql.bind(filter.any.all()).push(")");
            self.push_time(sql, time, &[index.timestamp]);
            sql.push(") d");
        } else {
            sql.push(&format!(" FROM {table} d"));
        }
        if self.asked.looks_into_messages() {
            let Key { id, timestamp } = self.key();
            // Each is looked up by its key, which OFFSET leaves no alternative to.
            sql.push(&format!(
                " CROSS JOIN LATERAL (SELECT * FROM messages WHERE id = {id} AND \"timestamp\" = {timestamp}"
            ));
            // Bounded there too, which prunes partitions.
            self.push_time(sql, time, &["\"timestamp\""]);
            sql.push(" OFFSET 0) m");
        }
        sql.push(" WHERE true");
        if values == LeadValues::Each {
            sql.push(&format!(" AND d.{column} = driving.value"));
        } else if let Some(only) = only {
            sql.push(&format!(" AND d.{column} = ")).bind(only);
        }
    }

    /// Appends `FROM` the positions of what is about subjects, each once, of which some are known.
    fn push_about(&self, sql: &mut Sql, about: &About, time: TimeSource) {
        if about.is_known() {
            about.push_messages(sql.push(" FROM "), "d");
            return;
        }
        sql.push(
            " FROM (SELECT msg_id, msg_timestamp FROM message_subjects WHERE component = ANY (",
        )
        .bind(Bind::BigInts(about.components.clone()))
        .push(")");
        self.push_time(sql, time, &["msg_timestamp"]);
        sql.push(" UNION SELECT msg_id, msg_timestamp FROM ");
        about.push_messages(sql, "known");
        sql.push(") d");
    }

    /// Appends that the `columns` lie in the time.
    pub(super) fn push_time(&self, sql: &mut Sql, time: TimeSource, columns: &[&str]) {
        if time == TimeSource::Part {
            for column in columns {
                sql.push(&format!(
                    " AND {column} >= part.first AND {column} < part.past"
                ));
            }
            return;
        }
        for (bound, comparison) in [(self.span.from, ">="), (self.span.to, "<")] {
            let Some(bound) = bound else { continue };
            for column in columns {
                sql.push(&format!(" AND {column} {comparison} "))
                    .bind(Bind::Time(bound));
            }
        }
    }

    /// Appends that a message stands before or behind positions.
    fn push_bounds(&self, sql: &mut Sql, Key { id, timestamp }: Key) {
        for (comparison, position) in &self.bounds {
            sql.push(&format!(" AND ({timestamp}, {id}) {comparison} ("))
                .bind(Bind::Time(position.timestamp))
                .push(", ")
                .bind(Bind::BigInt(position.id))
                .push(")");
        }
    }
}

/// Appends that a message has one of the values that are asked for.
fn push_equal(sql: &mut Sql, Filter { dimension, any, .. }: &Filter) {
    let column = dimension.index().column;
    if let Some(only) = any.only() {
        sql.push(&format!(" AND m.{column} = ")).bind(only);
    } else if !any.is_empty() {
        sql.push(&format!(" AND m.{column} = ANY ("))
            .bind(any.all())
            .push(")");
    }
}

/// Appends that a message has none of the values that are left out.
fn push_unequal(sql: &mut Sql, filter: &Filter) {
    if filter.none.is_empty() {
        return;
    }
    let column = filter.dimension.index().column;
    // A message without agent has none of them.
    let missing = if filter.dimension == Dimension::Agents {
        "m.agent_name IS NULL OR "
    } else {
        ""
    };
    sql.push(&format!(" AND ({missing}m.{column} <> ALL ("))
        .bind(filter.none.all())
        .push("))");
}

/// Appends that one of the names is associated with a message, and that none of the others is.
///
/// `leads` tells that the statement starts from that association, with the wanted names.
fn push_associated(sql: &mut Sql, filter: &Filter, leads: bool, key: Key) {
    let Key { id, timestamp } = key;
    let AnswerIndex { table, column, .. } = filter.dimension.index();
    for (word, keys) in [("EXISTS", &filter.any), ("NOT EXISTS", &filter.none)] {
        if keys.is_empty() || (leads && word == "EXISTS") {
            continue;
        }
        sql.push(&format!(
            " AND {word} (SELECT 1 FROM {table} a WHERE a.msg_id = {id} AND a.msg_timestamp = {timestamp}"
        ));
        if let Some(about) = keys.known() {
            about.push_held(sql.push(" AND "));
            // Looked up for each message: PostgreSQL might read all subjects first.
            sql.push(" OFFSET 0)");
            continue;
        }
        sql.push(&format!(" AND a.{column} = ANY ("))
            .bind(keys.all())
            .push("))");
    }
}

/// Appends that a body holds one of the texts.
fn push_texts(sql: &mut Sql, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    sql.push(" AND (");
    for (n, Spelling { stored, paired }) in spellings(texts).into_iter().enumerate() {
        sql.push(if n > 0 { " OR " } else { "" });
        if paired.is_empty() {
            push_holds(sql, "m.msg", stored);
            continue;
        }
        // Few bodies come as far as the second look.
        sql.push("(");
        push_holds(sql, "m.msg", stored);
        sql.push(" AND (");
        for (n, text) in paired.into_iter().enumerate() {
            sql.push(if n > 0 { " OR " } else { "" });
            push_holds(sql, PAIRED_BODY, text);
        }
        sql.push("))");
    }
    sql.push(")");
}

/// A body with one character for each escaped backslash; see [`Spelling::paired`].
const PAIRED_BODY: &str = "replace(m.msg, repeat(chr(92), 2), chr(1))";

fn push_holds(sql: &mut Sql, body: &str, text: String) {
    // Twice as fast as LIKE, which looks at each character.
    sql.push(&format!("strpos({body}, "))
        .bind(Bind::Text(text))
        .push(") > 0");
}
