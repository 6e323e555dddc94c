//! Stored messages as rows.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamp};

use crate::Message;

/// What a [`Row`] is read from: messages `m` with the names of users and packages.
pub(crate) const COLUMNS: &str = r#"
    m.id, m.msg_id, m.i, m.topic, m."timestamp", m.certificate, m.signature, m.category, m.agent_name, m.crypto,
    m.source_name, m.source_version, m.msg, m.headers::text,
    ARRAY(SELECT u.name FROM users_messages a JOIN users u ON u.id = a.user_id
          WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND u.name IS NOT NULL),
    ARRAY(SELECT p.name FROM packages_messages a JOIN packages p ON p.id = a.package_id
          WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND p.name IS NOT NULL)"#;

type OptionalText = Nullable<Text>;
/// The types of [`COLUMNS`].
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
    OptionalText,
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
    msg: String,
    headers: Option<String>,
    users: Vec<String>,
    packages: Vec<String>,
}

impl Row {
    pub(crate) fn into_message(mut self) -> Message {
        // Here and not in SQL, where the order depends on the database's collation.
        self.users.sort_unstable();
        self.packages.sort_unstable();
        Message {
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
            msg: self.msg,
            headers: self.headers,
            users: self.users,
            packages: self.packages,
        }
    }
}
