//! Users, packages and subjects of messages that are not there: triggers prevent that, but for a partition that
//! is dropped or detached, and for deletes in a snapshot that is older than the tie.

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::database::connection;
use crate::database::sql::Sql;
use crate::error::StoreError;
use crate::upkeep::tasks::Upkeep;

/// The tables of ties, each with the columns that say to what.
const TABLES: [(&str, &str); 3] = [
    ("users_messages", "user_id"),
    ("packages_messages", "package_id"),
    ("message_subjects", "component, subjects"),
];

/// The condition that a tie has no message.
const IS_LOST: &str = r#"NOT EXISTS (SELECT FROM messages m WHERE m.id = tie.msg_id AND m."timestamp" = tie.msg_timestamp)"#;

impl Upkeep {
    /// How many ties between users, packages or subjects and messages have no message. Reads all of them.
    pub fn lost_ties(&self) -> Result<u64, StoreError> {
        connection::run(&self.pool, "lost_ties", &"", None, |connection| {
            let mut sql = Sql::default();
            for (table, _) in TABLES {
                sql.union_all(&format!(
                    "SELECT count(*) FROM {table} AS tie WHERE {IS_LOST}"
                ));
            }
            let counts: Vec<i64> = sql.of::<BigInt>().load(connection)?;
            Ok(counts.into_iter().map(i64::cast_unsigned).sum())
        })
    }
}

/// Gives lost ties to the message of their key, where it has another time by now, and deletes others.
pub(super) fn mend(connection: &mut PgConnection) -> QueryResult<()> {
    for (table, key) in TABLES {
        diesel::sql_query(format!(
            r#"WITH lost AS (DELETE FROM {table} AS tie WHERE {IS_LOST} RETURNING {key}, tie.msg_id AS lost_id)
               INSERT INTO {table} ({key}, msg_id, msg_timestamp)
               SELECT {key}, m.id, m."timestamp" FROM lost JOIN messages m ON m.id = lost.lost_id
               FOR KEY SHARE OF m
               ON CONFLICT DO NOTHING"#
        ))
        .execute(connection)?;
    }
    Ok(())
}
