//! Tells whether a message is stored already, where no unique key does.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDateTime, SubsecRound as _, TimeDelta};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text, Timestamp};

use crate::database::locks;
use crate::database::sql::{Bind, Sql};
use crate::message::{Identity, NewMessage};

/// Tells which messages are stored already, among those for which no unique key can tell.
pub(super) fn recognise(
    connection: &mut PgConnection,
    batch: &mut [NewMessage],
) -> QueryResult<Vec<bool>> {
    let mut known = vec![false; batch.len()];
    let is_weak = |message: &&NewMessage| message.identity != Identity::IdAndTime;
    let asked: Vec<&str> = batch
        .iter()
        .filter(is_weak)
        .map(|message| message.msg_id.as_str())
        .collect();
    if asked.is_empty() {
        return Ok(known);
    }
    locks::hold_messages(connection, asked.into_iter())?;
    let mut times = Times::of(connection, batch)?;
    let Sendings { mut ids, mut sent } = Sendings::of(connection, batch)?;
    for (message, known) in batch.iter_mut().zip(&mut known) {
        match message.identity {
            Identity::IdAndTime => continue,
            Identity::IdAndSecond => *known = !times.insert(message),
            Identity::Id => *known = !sent.insert((message.msg_id.clone(), sent_at(message))),
            Identity::RedeliveredContent => *known = ids.contains(&message.msg_id),
            Identity::NewContent => {
                if ids.contains(&message.msg_id) {
                    message.msg_id = uuid::Uuid::new_v4().to_string();
                }
                // From now on this id is this delivery's alone: should the commit's answer be lost,
                // a second try recognises it.
                message.identity = Identity::RedeliveredContent;
            }
        }
        ids.insert(message.msg_id.clone());
    }
    Ok(known)
}

fn sent_at(message: &NewMessage) -> Option<String> {
    let sent_at = message.headers.as_ref()?.get("sent-at")?;
    sent_at.as_str().map(str::to_owned)
}

/// What is stored under ids that go without a time.
#[derive(Default)]
struct Sendings {
    ids: HashSet<String>,
    /// With the `sent-at` header.
    sent: HashSet<(String, Option<String>)>,
}

impl Sendings {
    fn of(connection: &mut PgConnection, batch: &[NewMessage]) -> QueryResult<Self> {
        let has_no_time = |message: &&NewMessage| {
            !matches!(
                message.identity,
                Identity::IdAndTime | Identity::IdAndSecond
            )
        };
        let asked: Vec<&str> = batch
            .iter()
            .filter(has_no_time)
            .map(|message| message.msg_id.as_str())
            .collect();
        if asked.is_empty() {
            return Ok(Self::default());
        }
        let found = diesel::sql_query(
            "SELECT msg_id, headers ->> 'sent-at' AS sent_at FROM messages WHERE msg_id = ANY ($1)",
        )
        .bind::<Array<Text>, _>(&asked)
        .load::<StoredId>(connection)?;
        Ok(Self {
            ids: found.iter().map(|row| row.msg_id.clone()).collect(),
            sent: found
                .into_iter()
                .map(|row| (row.msg_id, row.sent_at))
                .collect(),
        })
    }
}

/// The times of what is stored under ids that go with a second.
struct Times(HashMap<String, Vec<NaiveDateTime>>);

impl Times {
    fn of(connection: &mut PgConnection, batch: &[NewMessage]) -> QueryResult<Self> {
        let asked: Vec<&NewMessage> = batch
            .iter()
            .filter(|message| message.identity == Identity::IdAndSecond)
            .collect();
        let mut times = Self(HashMap::new());
        if asked.is_empty() {
            return Ok(times);
        }
        let seconds: Vec<NaiveDateTime> = asked.iter().map(|one| second(one.timestamp)).collect();
        let ends = seconds.iter().map(|from| *from + TimeDelta::seconds(1));
        let ids = asked.iter().map(|message| message.msg_id.clone());
        let mut sql = Sql::new("SELECT msg_id, stored.\"timestamp\" FROM unnest(");
        sql.bind(Bind::Texts(ids.collect()))
            .push(", ")
            .bind(Bind::Times(seconds.clone()))
            .push(", ")
            .bind(Bind::Times(ends.collect()));
        // Looked up one by one, for which OFFSET stands: a join might read the archive.
        sql.push(
            ") AS sent (msg_id, since, before), LATERAL (SELECT \"timestamp\" FROM messages
              WHERE messages.msg_id = sent.msg_id AND \"timestamp\" >= since AND \"timestamp\" < before OFFSET 0
              ) AS stored",
        );
        for (msg_id, time) in sql.of::<(Text, Timestamp)>().load(connection)? {
            let (msg_id, time): (String, NaiveDateTime) = (msg_id, time);
            times.0.entry(msg_id).or_default().push(time);
        }
        Ok(times)
    }

    /// Answers false, and changes nothing, if the message is among them.
    fn insert(&mut self, message: &NewMessage) -> bool {
        let times = self.0.entry(message.msg_id.clone()).or_default();
        let is_new = !times
            .iter()
            .any(|time| is_same_moment(*time, message.timestamp));
        if is_new {
            times.push(message.timestamp);
        }
        is_new
    }
}

fn second(time: NaiveDateTime) -> NaiveDateTime {
    time.trunc_subsecs(0)
}

/// Whether times are equal, or would be if the fraction of one had not been cut off.
fn is_same_moment(one: NaiveDateTime, other: NaiveDateTime) -> bool {
    let is_whole = |time| second(time) == time;
    one == other || (second(one) == second(other) && (is_whole(one) || is_whole(other)))
}

#[derive(QueryableByName)]
struct StoredId {
    #[diesel(sql_type = Text)]
    msg_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    sent_at: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_fraction_that_is_missing_makes_no_difference() {
        let at = |text: &str| text.parse::<NaiveDateTime>().expect("a time");
        for (one, other, same) in [
            ("2013-05-01T12:00:00", "2013-05-01T12:00:00", true),
            ("2013-05-01T12:00:00", "2013-05-01T12:00:00.999999", true),
            ("2013-05-01T12:00:00.5", "2013-05-01T12:00:00.5", true),
            ("2013-05-01T12:00:00.5", "2013-05-01T12:00:00.6", false),
            ("2013-05-01T12:00:00.5", "2013-05-01T12:00:01", false),
            ("1969-12-31T23:59:58", "1969-12-31T23:59:58.5", true),
            ("1969-12-31T23:59:59", "1969-12-31T23:59:58.5", false),
        ] {
            assert_eq!(is_same_moment(at(one), at(other)), same, "{one} {other}");
            assert_eq!(is_same_moment(at(other), at(one)), same, "{other} {one}");
        }
    }
}
