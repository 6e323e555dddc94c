//! Ties messages to the users and packages they concern.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamp};

/// A table of names and the one that ties them to messages.
pub(super) struct Association {
    add_names: &'static str,
    tie: &'static str,
}

pub(super) const USERS: Association = Association {
    add_names: "INSERT INTO users (name) SELECT name FROM unnest($1) AS new (name)
                WHERE NOT EXISTS (SELECT 1 FROM users known WHERE known.name = new.name)
                ON CONFLICT (name) DO NOTHING",
    tie: "INSERT INTO users_messages (user_id, msg_id, msg_timestamp)
          SELECT users.id, new.msg_id, new.msg_timestamp
          FROM unnest($1, $2, $3) AS new (name, msg_id, msg_timestamp) JOIN users USING (name)
          ON CONFLICT DO NOTHING",
};

pub(super) const PACKAGES: Association = Association {
    add_names: "INSERT INTO packages (name) SELECT name FROM unnest($1) AS new (name)
                WHERE NOT EXISTS (SELECT 1 FROM packages known WHERE known.name = new.name)
                ON CONFLICT (name) DO NOTHING",
    tie: "INSERT INTO packages_messages (package_id, msg_id, msg_timestamp)
          SELECT packages.id, new.msg_id, new.msg_timestamp
          FROM unnest($1, $2, $3) AS new (name, msg_id, msg_timestamp) JOIN packages USING (name)
          ON CONFLICT DO NOTHING",
};

impl Association {
    /// Ties messages, each given as key, time and names; answers how many ties are new.
    pub(super) fn add<'a>(
        &self,
        connection: &mut PgConnection,
        messages: impl Iterator<Item = (i64, NaiveDateTime, &'a [String])>,
    ) -> QueryResult<usize> {
        let (mut names, mut ids, mut times) = (Vec::new(), Vec::new(), Vec::new());
        for (id, timestamp, names_of_message) in messages {
            for name in names_of_message.iter().map(String::as_str).collect::<BTreeSet<&str>>() {
                names.push(name);
                ids.push(id);
                times.push(timestamp);
            }
        }
        if names.is_empty() {
            return Ok(0);
        }
        let distinct: Vec<&str> = names.iter().copied().collect::<BTreeSet<&str>>().into_iter().collect();
        diesel::sql_query(self.add_names).bind::<Array<Text>, _>(distinct).execute(connection)?;
        diesel::sql_query(self.tie)
            .bind::<Array<Text>, _>(names)
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<Timestamp>, _>(times)
            .execute(connection)
    }
}
