//! Stored messages as rows.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamp};

use crate::Message;

/// What a [`Row`] is read from: messages `m` with the names of users and packages.
pub(crate) const ROWS: &str = r#"
SELECT m.id, m.msg_id, m.i, m.topic, m."timestamp", m.certificate, m.signature, m.category, m.agent_name, m.crypto,
       m.source_name, m.source_version, m.msg, m.headers::text AS headers,
       ARRAY(SELECT u.name FROM users_messages a JOIN users u ON u.id = a.user_id
             WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND u.name IS NOT NULL) AS users,
       ARRAY(SELECT p.name FROM packages_messages a JOIN packages p ON p.id = a.package_id
             WHERE a.msg_id = m.id AND a.msg_timestamp = m."timestamp" AND p.name IS NOT NULL) AS packages"#;

/// Those whose keys are in `page`; the order is the caller's.
pub(crate) const OF_PAGE: &str = r#" FROM page JOIN messages m ON m.id = page.id AND m."timestamp" = page."timestamp""#;

#[derive(QueryableByName)]
pub(crate) struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Nullable<Text>)]
    msg_id: Option<String>,
    #[diesel(sql_type = Integer)]
    i: i32,
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = Timestamp)]
    timestamp: NaiveDateTime,
    #[diesel(sql_type = Nullable<Text>)]
    certificate: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    signature: Option<String>,
    #[diesel(sql_type = Text)]
    category: String,
    #[diesel(sql_type = Nullable<Text>)]
    agent_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    crypto: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    source_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    source_version: Option<String>,
    #[diesel(sql_type = Text)]
    msg: String,
    #[diesel(sql_type = Nullable<Text>)]
    headers: Option<String>,
    #[diesel(sql_type = Array<Text>)]
    users: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
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

/// What tells a message from all others, and orders them.
#[derive(QueryableByName)]
pub(crate) struct Key {
    #[diesel(sql_type = BigInt)]
    pub(crate) id: i64,
    #[diesel(sql_type = Timestamp)]
    pub(crate) timestamp: NaiveDateTime,
}
