//! Stored messages as rows.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamp};

use crate::database::sql::{Bind, Sql};
use crate::database::version::{self, RowVersion};
use crate::message::Message;
use crate::position::Position;
use crate::stored_json::StoredJson;

/// Bytes of a body, or of headers, beyond which they do not come with the row: a page is bounded by the
/// number of its messages, and so by its bytes, too.
pub(crate) const MOST_TEXT: u64 = 64 << 10;
/// Bytes of headers, as they are stored, that come with the row whatever they are as text.
const MOST_UNWEIGHED: u64 = 1_000;

/// Appends what a [`Row`] is read from: messages `m` with the names of users and packages; if any
/// may be `known`, with the rows' versions, and without the bodies and headers of those with these ids.
/// Where they are large, their size is there instead.
pub(crate) fn push_columns(sql: &mut Sql, known: Option<Vec<i64>>) -> &mut Sql {
    sql.push(
        r#"m.id, m.msg_id, m.i, m.topic, m."timestamp", m.certificate, m.signature, m.category, m.agent_name, m.crypto,
           m.source_name, m.source_version, "#,
    );
    match known {
        Some(ids) => {
            sql.push(&format!("{}, CASE WHEN m.id = ANY (", version::of("m")))
                .bind(Bind::BigInts(ids));
            sql.push(") THEN NULL ")
        }
        None => sql.push("'', CASE "),
    };
    // The size of a body is told where it is stored; headers are made into text only if they may be
    // large, as they are a hundredth of it where they are compressed.
    sql.push(&format!(
        "WHEN octet_length(m.msg) > {MOST_TEXT}
             OR (pg_column_size(m.headers) > {MOST_UNWEIGHED} AND octet_length(m.headers::text) > {MOST_TEXT})
           THEN ARRAY[NULL, (octet_length(m.msg) + coalesce(octet_length(m.headers::text), 0))::text]
           ELSE {TEXTS} END"
    ));
    sql.push(
        r#",
           ARRAY(SELECT u.name FROM users_messages a JOIN users u ON u.id = a.user_id
                 WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND u.name IS NOT NULL),
           ARRAY(SELECT p.name FROM packages_messages a JOIN packages p ON p.id = a.package_id
                 WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND p.name IS NOT NULL)"#,
    )
}

const TEXTS: &str = "ARRAY[m.msg, m.headers::text]";

/// The body and headers of the message at a position, however large; `None` if it is gone.
pub(crate) fn texts_at(
    connection: &mut PgConnection,
    position: Position,
) -> QueryResult<Option<Texts>> {
    let mut sql = Sql::new(&format!("SELECT {TEXTS} FROM messages m WHERE m.id = "));
    sql.bind(Bind::BigInt(position.id));
    sql.push(" AND m.\"timestamp\" = ")
        .bind(Bind::Time(position.timestamp));
    let texts = sql
        .of::<(Array<OptionalText>,)>()
        .get_result::<(Vec<Option<StoredJson>>,)>(connection)
        .optional()?;
    Ok(texts.and_then(|(texts,)| pair(&texts)))
}

/// A body, without which there are none, and headers.
fn pair(texts: &[Option<StoredJson>]) -> Option<Texts> {
    let [Some(msg), headers] = texts else {
        return None;
    };
    Some((msg.clone(), headers.clone()))
}

type OptionalText = Nullable<Text>;
/// The types of these columns.
pub(crate) type Columns = (
    BigInt,
    OptionalText,
    Integer,
    Text,
    Timestamp,
    OptionalText,
    OptionalText,
    Text,
    OptionalText,
    OptionalText,
    OptionalText,
    OptionalText,
    Text,
    Nullable<Array<OptionalText>>,
    Array<Text>,
    Array<Text>,
);

/// By position: looking up names would take longer than reading the values.
#[derive(Queryable)]
pub(crate) struct Row {
    id: i64,
    msg_id: Option<String>,
    i: i32,
    topic: String,
    timestamp: NaiveDateTime,
    certificate: Option<String>,
    signature: Option<String>,
    category: String,
    agent_name: Option<String>,
    crypto: Option<String>,
    source_name: Option<String>,
    source_version: Option<String>,
    /// Another one whenever the row changes; empty where nothing is known.
    pub(crate) version: RowVersion,
    texts: Option<Vec<Option<StoredJson>>>,
    users: Vec<String>,
    packages: Vec<String>,
}

/// A body and headers.
pub(crate) type Texts = (StoredJson, Option<StoredJson>);

impl Row {
    /// Where the message stands in the order of answers.
    pub(crate) fn position(&self) -> Position {
        Position {
            timestamp: self.timestamp,
            id: self.id,
        }
    }

    /// The body and headers; `None` where they were known or are large.
    pub(crate) fn texts(&self) -> Option<Texts> {
        pair(self.texts.as_deref()?)
    }

    /// The size of body and headers where they are large, in bytes.
    pub(crate) fn left_out(&self) -> Option<u64> {
        match self.texts.as_deref() {
            Some([None, Some(size)]) => size.parse().ok(),
            _ => None,
        }
    }

    /// The message, of which nothing was known.
    pub(crate) fn into_message(self) -> Message {
        let texts = self.texts().unwrap_or_default();
        self.into_message_with(texts)
    }

    /// The message with this body and these headers.
    pub(crate) fn into_message_with(mut self, (msg, headers): Texts) -> Message {
        // Here and not in SQL, where the order depends on the database's collation.
        self.users.sort_unstable();
        self.packages.sort_unstable();
        Message {
            left_out: self.left_out().unwrap_or_default(),
            id: self.id,
            msg_id: self.msg_id,
            i: self.i,
            topic: self.topic,
            timestamp: self.timestamp,
            certificate: self.certificate,
            signature: self.signature,
            category: self.category,
            agent_name: self.agent_name,
            crypto: self.crypto,
            source_name: self.source_name,
            source_version: self.source_version,
            msg,
            headers,
            users: self.users,
            packages: self.packages,
        }
    }
}
