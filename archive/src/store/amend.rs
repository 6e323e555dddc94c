//! Adds to stored messages what was not known of them when they were stored.
//!
//! Nothing is taken away but what messages are about, which rules alone tell; and adding something again
//! is harmless.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamp};

use crate::database::connection;
use crate::database::locks::{self, AMENDING};
use crate::error::StoreError;
use crate::position::Position;
use crate::store::about;
use crate::store::association::Association;
use crate::store::writer::Writer;
use crate::subject::Subjects;

/// What to add to a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Addition {
    /// Which message.
    pub position: Position,
    /// Users that the message concerns.
    pub users: Vec<String>,
    /// Packages that the message concerns.
    pub packages: Vec<String>,
    /// Who caused the message; ignored where that is known.
    pub agent_name: Option<String>,
    /// What the message is about, in place of what is stored; `None` leaves it as it is.
    pub subjects: Option<Subjects>,
}

/// How much was new.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Amended {
    /// Ties between users and messages.
    pub users: u64,
    /// Ties between packages and messages.
    pub packages: u64,
    /// Messages whose agent was not known.
    pub agents: u64,
    /// Messages that are about something else than before.
    pub subjects: u64,
}

impl Writer {
    /// Adds to messages, in one transaction. A message that is gone meanwhile is left out.
    pub fn amend(&self, additions: &[Addition]) -> Result<Amended, StoreError> {
        if additions.is_empty() {
            return Ok(Amended::default());
        }
        connection::run(
            self.pool(),
            "amend",
            &format_args!("messages: {}", additions.len()),
            Some(connection::PATIENCE),
            |connection| {
                connection.transaction(|connection| {
                    locks::hold(connection, AMENDING)?;
                    let held = hold(connection, additions)?;
                    let there = || {
                        additions
                            .iter()
                            .filter(|addition| held.contains_key(&addition.position.id))
                    };
                    // In the order in which new messages are stored, which waits for the same names.
                    let users =
                        there().map(|a| (a.position.id, a.position.timestamp, a.users.as_slice()));
                    let users = Association::USERS.add(connection, users)?;
                    let packages = there()
                        .map(|a| (a.position.id, a.position.timestamp, a.packages.as_slice()));
                    let packages = Association::PACKAGES.add(connection, packages)?;
                    let agents = set_agents(connection, there())?;
                    let subjects = set_subjects(connection, there(), &held)?;
                    Ok(Amended {
                        users: users as u64,
                        packages: packages as u64,
                        agents: agents as u64,
                        subjects: subjects as u64,
                    })
                })
            },
        )
    }
}

/// Keeps the messages from being deleted or changed until the end of the transaction; answers the topics of those that
/// are there, by their keys.
fn hold(
    connection: &mut PgConnection,
    additions: &[Addition],
) -> QueryResult<HashMap<i64, String>> {
    let (ids, times) = keys(additions.iter());
    let held: Vec<HeldMessage> = diesel::sql_query(
        r#"SELECT m.id, m.topic
           FROM unnest($1, $2) AS asked (id, "timestamp")
           JOIN messages m ON m.id = asked.id AND m."timestamp" = asked."timestamp"
           FOR SHARE OF m"#,
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Timestamp>, _>(times)
    .load(connection)?;
    let topics = held.into_iter().map(|message| (message.id, message.topic));
    Ok(topics.collect())
}

fn set_agents<'a>(
    connection: &mut PgConnection,
    additions: impl Iterator<Item = &'a Addition>,
) -> QueryResult<usize> {
    let additions: Vec<&Addition> = additions
        .filter(|addition| addition.agent_name.is_some())
        .collect();
    if additions.is_empty() {
        return Ok(0);
    }
    let (ids, times) = keys(additions.iter().copied());
    let names: Vec<&str> = additions
        .iter()
        .filter_map(|addition| addition.agent_name.as_deref())
        .collect();
    diesel::sql_query(
        r#"UPDATE messages m SET agent_name = new.agent_name
           FROM unnest($1, $2, $3) AS new (id, "timestamp", agent_name)
           WHERE m.id = new.id AND m."timestamp" = new."timestamp" AND m.agent_name IS NULL"#,
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Timestamp>, _>(times)
    .bind::<Array<Text>, _>(names)
    .execute(connection)
}

fn set_subjects<'a>(
    connection: &mut PgConnection,
    additions: impl Iterator<Item = &'a Addition>,
    topics: &'a HashMap<i64, String>,
) -> QueryResult<usize> {
    let (messages, new): (Vec<Position>, Vec<&Subjects>) = additions
        .filter_map(|addition| Some((addition.position, addition.subjects.as_ref()?)))
        .unzip();
    about::forget(connection, &messages)?;
    let rows = messages.iter().zip(new).filter_map(|(message, subjects)| {
        let topic = topics.get(&message.id)?;
        Some((message.id, message.timestamp, topic.as_str(), subjects))
    });
    about::add(connection, rows)?;
    Ok(messages.len())
}

fn keys<'a>(additions: impl Iterator<Item = &'a Addition>) -> (Vec<i64>, Vec<NaiveDateTime>) {
    additions
        .map(|addition| (addition.position.id, addition.position.timestamp))
        .unzip()
}

#[derive(QueryableByName)]
struct HeldMessage {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    topic: String,
}
