//! Tells whether a message is stored already, where no unique key does.

use std::collections::HashSet;

use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};

use crate::database::locks;
use crate::message::{Identity, NewMessage};

/// Tells which messages are stored already, among those for which no unique key can tell.
pub(super) fn recognise(
    connection: &mut PgConnection,
    batch: &mut [NewMessage],
) -> QueryResult<Vec<bool>> {
    let mut known = vec![false; batch.len()];
    let weak = |message: &NewMessage| message.identity != Identity::IdAndTime;
    let asked: Vec<String> = batch
        .iter()
        .filter(|message| weak(message))
        .map(|message| message.msg_id.clone())
        .collect();
    if asked.is_empty() {
        return Ok(known);
    }
    locks::hold_messages(connection, asked.iter().map(String::as_str))?;
    let found = diesel::sql_query(
        "SELECT msg_id, headers ->> 'sent-at' AS sent_at FROM messages WHERE msg_id = ANY ($1)",
    )
    .bind::<Array<Text>, _>(&asked)
    .load::<StoredId>(connection)?;
    let mut ids: HashSet<String> = found.iter().map(|row| row.msg_id.clone()).collect();
    let mut sendings: HashSet<(String, Option<String>)> = found
        .into_iter()
        .map(|row| (row.msg_id, row.sent_at))
        .collect();
    for (message, known) in batch.iter_mut().zip(&mut known) {
        match message.identity {
            Identity::IdAndTime => continue,
            Identity::Id => *known = !sendings.insert((message.msg_id.clone(), sent_at(message))),
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
    message
        .headers
        .get("sent-at")
        .and_then(|value| value.as_str())
        .map(str::to_owned)
}

#[derive(QueryableByName)]
struct StoredId {
    #[diesel(sql_type = Text)]
    msg_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    sent_at: Option<String>,
}
