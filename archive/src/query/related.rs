//! The messages that inquiries ask for: where they stand, and then what they say.
//!
//! All inquiries of a round are one statement of each kind, whose text is always the same. Positions come first: a
//! message that several inquiries find is read once, and what bodies weigh is known before they are read.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::hidden::Hidden;
use crate::inquiry::{Excerpt, Inquiry};
use crate::position::Position;
use crate::query::shown::push_shown;
use crate::search::Order;
use crate::topic_class::TopicClass;

/// Messages about a subject that are looked at for their topics.
const MOST_LOOKED_AT: i64 = 20_000;
/// Messages about a component that are passed over or looked at: entries of its index.
const MOST_PASSED: i64 = 1_000_000;

/// Where a message stands, and what its body weighs.
pub(crate) struct Related {
    /// The position.
    pub(crate) position: Position,
    /// Bytes of the body.
    pub(crate) size: i64,
}

/// What inquiries came to.
#[derive(Default)]
pub(crate) struct Places {
    /// Places of messages, of which some may come more than once.
    pub(crate) found: Vec<Related>,
    /// Whether there were more messages than are looked at.
    pub(crate) cut: bool,
    /// Inquiries, by their places, that found as many messages as they wanted.
    pub(crate) reached: BTreeSet<usize>,
}

/// A part of an inquiry: by subjects that are no components, by a component, or by a topic.
struct Part {
    /// The place of the inquiry.
    inquiry: usize,
    /// An array of numbers, a number or a topic.
    target: String,
    /// A regular expression that topics fit.
    topics: String,
    /// The numbers of the classes that the topics have as an array; empty if they may have others.
    classes: String,
    from: Option<NaiveDateTime>,
    to: Option<NaiveDateTime>,
    is_newest_first: bool,
    limit: i64,
}

impl Part {
    fn new((place, inquiry): (usize, &Inquiry), target: String, share: usize) -> Self {
        let limit = inquiry.limit.div_ceil(share.max(1));
        Self {
            inquiry: place,
            target,
            topics: expression(&inquiry.topics),
            classes: classes(&inquiry.topics),
            from: inquiry.time.from,
            to: inquiry.time.to,
            is_newest_first: inquiry.order == Order::Descending,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        }
    }
}

/// Where the messages stand that the inquiries ask for, but for hidden ones: of these comes at most the last that is
/// looked at, of which [`excerpts`] tells nothing.
pub(crate) fn places(
    connection: &mut PgConnection,
    inquiries: &[Inquiry],
    hidden: &Hidden,
) -> QueryResult<Places> {
    let (mut about, mut components, mut topics) = (Vec::new(), Vec::new(), Vec::new());
    for asked in inquiries.iter().enumerate() {
        let (_, inquiry) = asked;
        let (of_many, of_few): (Vec<_>, Vec<_>) = inquiry
            .subjects
            .iter()
            .map(|subject| (subject.is_component(), subject.number().to_string()))
            .partition(|(is_component, _)| *is_component);
        if !of_few.is_empty() {
            let numbers: Vec<String> = of_few.into_iter().map(|(_, number)| number).collect();
            about.push(Part::new(asked, format!("{{{}}}", numbers.join(",")), 1));
        }
        let share = of_many.len();
        components.extend(
            of_many
                .into_iter()
                .map(|(_, number)| Part::new(asked, number, share)),
        );
        if inquiry.subjects.is_empty() {
            // Else all messages of a hidden one would be looked at.
            let each = inquiry.topics.iter();
            let each = each.filter(|topic| !hidden.topics.contains(topic));
            topics.extend(each.map(|topic| Part::new(asked, topic.clone(), 1)));
        }
    }
    let (newest, oldest) = components
        .into_iter()
        .partition(|row: &Part| row.is_newest_first);
    let mut places = Places::default();
    for (rows, found) in [
        (about, about_few(hidden)),
        (newest, about_component("DESC", hidden)),
        (oldest, about_component("", hidden)),
        (topics, with_topic(hidden)),
    ] {
        find(connection, &mut places, rows, found)?;
    }
    Ok(places)
}

/// A message by its key. Never joined without OFFSET, which keeps PostgreSQL from going through all messages in the
/// order of the answer.
const MESSAGE_AT: &str = "SELECT id, \"timestamp\", topic, category, octet_length(msg)::bigint AS size FROM messages WHERE id =";

/// Messages about subjects that have a few thousand at most. These are all read: there is no index by subject
/// in the order of time. The last one that is looked at is found whatever its topic, so that it tells of others.
fn about_few(hidden: &Hidden) -> Sql {
    let mut sql = Sql::new(&format!(
        "SELECT m.id, m.\"timestamp\", m.size, a.looked_at = {MOST_LOOKED_AT} AS is_last
         FROM (SELECT msg_id, msg_timestamp, row_number() OVER () AS looked_at
               FROM messages_about(q.target::bigint[]) LIMIT {MOST_LOOKED_AT}) AS a
         CROSS JOIN LATERAL ({MESSAGE_AT} a.msg_id AND \"timestamp\" = a.msg_timestamp OFFSET 0) AS m
         WHERE a.msg_timestamp >= q.since AND a.msg_timestamp < q.until AND m.topic ~ q.topics"
    ));
    push_shown(&mut sql, hidden, "m.");
    sql.push(&format!(
        " OR a.looked_at = {MOST_LOOKED_AT}
         ORDER BY CASE WHEN q.newest = 1 THEN m.\"timestamp\" END DESC, CASE WHEN q.newest = 1 THEN m.id END DESC,
                  m.\"timestamp\", m.id
         LIMIT q.most"
    ));
    sql
}

/// Messages about a component from one end of the index in the order of answers, until there are enough. Those of
/// other classes are passed over within the index; those of which it does not tell the class are looked at. They come
/// in the order in which the lateral join takes them: PostgreSQL would sort all to be sure of it.
fn about_component(order: &str, hidden: &Hidden) -> Sql {
    let mut sql = Sql::new(&format!(
        "SELECT m.id, m.\"timestamp\", m.size, a.is_last
         FROM (SELECT msg_id, msg_timestamp,
                      passed = {MOST_PASSED} OR row_number() OVER () = {MOST_LOOKED_AT} AS is_last
               FROM (SELECT msg_id, msg_timestamp, topic_class, row_number() OVER () AS passed
                     FROM (SELECT msg_id, msg_timestamp, topic_class FROM message_subjects
                           WHERE component = q.target::bigint AND msg_timestamp >= q.since AND msg_timestamp < q.until
                           ORDER BY msg_timestamp {order}, msg_id {order} LIMIT {MOST_PASSED}) AS ordered) AS entry
               WHERE (topic_class = ANY (q.classes)) IS NOT FALSE OR passed = {MOST_PASSED}
               LIMIT {MOST_LOOKED_AT}) AS a
         CROSS JOIN LATERAL ({MESSAGE_AT} a.msg_id AND \"timestamp\" = a.msg_timestamp OFFSET 0) AS m
         WHERE m.topic ~ q.topics"
    ));
    push_shown(&mut sql, hidden, "m.");
    sql.push(" OR a.is_last LIMIT q.most");
    sql
}

/// The first messages with a topic.
fn with_topic(hidden: &Hidden) -> Sql {
    let mut sql = Sql::new(
        "SELECT m.id, m.\"timestamp\", octet_length(m.msg)::bigint AS size, false AS is_last FROM messages m
     WHERE m.topic = q.target AND m.\"timestamp\" >= q.since AND m.\"timestamp\" < q.until",
    );
    push_shown(&mut sql, hidden, "m.");
    sql.push(" ORDER BY m.\"timestamp\", m.id LIMIT q.most");
    sql
}

type PlaceColumns = (BigInt, Timestamp, BigInt, Bool, Integer);
type PlaceRow = (i64, NaiveDateTime, i64, bool, i32);

fn find(
    connection: &mut PgConnection,
    places: &mut Places,
    rows: Vec<Part>,
    found: Sql,
) -> QueryResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(
        "SELECT found.*, q.part FROM (SELECT target, topics, coalesce(since, '-infinity') AS since,
                coalesce(until, 'infinity') AS until, nullif(classes, '')::integer[] AS classes, newest, part, most
         FROM unnest(",
    );
    let newest = rows.iter().map(|row| i32::from(row.is_newest_first));
    sql.bind(Bind::Integers(newest.collect())).push(", ");
    let parts = (0..).take(rows.len());
    sql.bind(Bind::Integers(parts.collect())).push(", ");
    let limits = rows.iter().map(|row| row.limit);
    sql.bind(Bind::BigInts(limits.collect())).push(", ");
    let since = rows.iter().map(|row| row.from);
    sql.bind(Bind::Bounds(since.collect())).push(", ");
    let until = rows.iter().map(|row| row.to);
    sql.bind(Bind::Bounds(until.collect())).push(", ");
    let targets = rows.iter().map(|row| row.target.clone());
    sql.bind(Bind::Texts(targets.collect())).push(", ");
    let topics = rows.iter().map(|row| row.topics.clone());
    sql.bind(Bind::Texts(topics.collect())).push(", ");
    let classes = rows.iter().map(|row| row.classes.clone());
    // OFFSET, so that an array is read once, and not for each message.
    sql.bind(Bind::Texts(classes.collect())).push(
        ") AS asked (newest, part, most, since, until, target, topics, classes) OFFSET 0) AS q
         CROSS JOIN LATERAL (",
    );
    sql.append(found).push(") AS found");
    let found = sql.of::<PlaceColumns>().load::<PlaceRow>(connection)?;
    places.take(found, rows);
    Ok(())
}

impl Places {
    /// Takes what these parts found.
    fn take(&mut self, found: Vec<PlaceRow>, mut parts: Vec<Part>) {
        for (id, timestamp, size, is_last, part) in found {
            self.cut |= is_last;
            let position = Position { timestamp, id };
            self.found.push(Related { position, size });
            let part = usize::try_from(part)
                .ok()
                .and_then(|part| parts.get_mut(part));
            if let Some(part) = part {
                part.limit -= 1;
            }
        }
        let reached = parts.iter().filter(|part| part.limit <= 0);
        self.reached.extend(reached.map(|part| part.inquiry));
    }
}

/// The numbers of the classes of all that fits one of the topics, as an array; empty if that may have any class.
fn classes(topics: &[String]) -> String {
    let each = topics.iter().map(|topic| TopicClass::of_pattern(topic));
    let numbers = each.map(|class| Some(class?.number().to_string()));
    let numbers: Option<Vec<String>> = numbers.collect();
    numbers.map_or_else(String::new, |numbers| format!("{{{}}}", numbers.join(",")))
}

/// A regular expression that fits what one of the topics does.
fn expression(topics: &[String]) -> String {
    let each: Vec<String> = topics.iter().map(|topic| of_topic(topic)).collect();
    format!("^({})$", each.join("|"))
}

fn of_topic(topic: &str) -> String {
    let (front, rest) = match topic.strip_suffix(".#") {
        Some(front) => (front, "(\\..*)?"),
        None => (topic, ""),
    };
    let mut text = String::with_capacity(topic.len() + 16);
    for letter in front.chars() {
        match letter {
            '*' => text.push_str("[^.]*"),
            _ if letter.is_ascii_punctuation() => text.extend(['\\', letter]),
            _ => text.push(letter),
        }
    }
    text + rest
}

type ExcerptColumns = (BigInt, Nullable<Text>, Text, Timestamp, Text);
type ExcerptRow = (i64, Option<String>, String, NaiveDateTime, String);

/// What the messages at these positions say, those that are not hidden.
pub(crate) fn excerpts(
    connection: &mut PgConnection,
    positions: &[Position],
    hidden: &Hidden,
) -> QueryResult<Vec<Excerpt>> {
    let mut sql = Sql::new("SELECT m.id, m.msg_id, m.topic, m.\"timestamp\", m.msg FROM unnest(");
    let ids = positions.iter().map(|position| position.id);
    sql.bind(Bind::BigInts(ids.collect())).push(", ");
    let times = positions.iter().map(|position| position.timestamp);
    sql.bind(Bind::Times(times.collect())).push(
        ") AS wanted (id, \"timestamp\")
         CROSS JOIN LATERAL (SELECT * FROM messages WHERE id = wanted.id AND \"timestamp\" = wanted.\"timestamp\"",
    );
    push_shown(&mut sql, hidden, "");
    sql.push(" OFFSET 0) AS m");
    let rows = sql.of::<ExcerptColumns>().load::<ExcerptRow>(connection)?;
    let excerpt = |(id, msg_id, topic, timestamp, body)| Excerpt {
        id,
        msg_id,
        topic,
        timestamp,
        body,
    };
    Ok(rows.into_iter().map(excerpt).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_become_expressions_of_their_words() {
        let topics = ["*.*.prod.a-b.c".to_owned(), "*.*.prod.ci.#".to_owned()];
        assert_eq!(
            expression(&topics),
            r"^([^.]*\.[^.]*\.prod\.a\-b\.c|[^.]*\.[^.]*\.prod\.ci(\..*)?)$"
        );
    }
}
