//! Tells whether it is a message's own fault that it is not stored.
//!
//! By its SQLSTATE and not by elimination: locks, timeouts and full disks come and go between one
//! try and the next. The client library keeps the SQLSTATE to itself, so a function of the database
//! tries the message and tells it.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Nullable, Text, Timestamp};

use crate::database::connection::{self, PgPool};
use crate::database::link;
use crate::error::{GRANTS, StoreError};
use crate::message::NewMessage;
use crate::store::harmless;

/// An error of the database.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What the database says of a message, whose transaction is rolled back.
#[derive(Debug, QueryableByName)]
struct Trial {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    violated: Option<String>,
}

/// Answers the reason why the database, which has just refused this message for `suspicion`, refuses
/// it for what it holds. Fails with [`StoreError::Impaired`] or [`StoreError::Full`] where it is not the
/// message's fault.
pub(crate) fn blame(
    pool: &PgPool,
    message: &NewMessage,
    suspicion: Cause,
) -> Result<String, StoreError> {
    let trial = attempt(pool, message)?;
    if trial.is_taken() {
        // What was wrong has passed, or is with how batches are written.
        return Err(StoreError::Impaired(suspicion));
    }
    if !trial.is_about_the_message() {
        let NewMessage { topic, msg_id, .. } = message;
        let found = format!("{}; met by the message {topic} {msg_id}", trial.complaint());
        return Err(trial.fault(found));
    }
    check_health(pool, message.timestamp)?;
    Ok(trial.to_string())
}

/// Fails with [`StoreError::Impaired`] or [`StoreError::Full`] unless the database takes a harmless message of that time,
/// and so of the same partition as others of its year.
pub(super) fn check_health(pool: &PgPool, timestamp: NaiveDateTime) -> Result<(), StoreError> {
    let harmless = harmless::message("health check", timestamp)?;
    let trial = attempt(pool, &harmless)?;
    if trial.is_taken() {
        Ok(())
    } else {
        Err(trial.fault(trial.complaint()))
    }
}

fn attempt(pool: &PgPool, message: &NewMessage) -> Result<Trial, StoreError> {
    let bytes = message.body.as_str().len();
    let mut trial = None;
    let answer = connection::run(
        pool,
        "trial",
        &"",
        Some(connection::PATIENCE + link::time_for(bytes)),
        |connection| {
            connection.transaction(|connection| {
                let answer =
                    link::sending(connection, bytes, |connection| call(connection, message))?;
                trial = Some(answer);
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            })
        },
    );
    match (trial, answer) {
        (Some(trial), _) => Ok(trial),
        (None, Err(StoreError::Refused(error))) => Err(StoreError::Impaired(error)),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Err(StoreError::Unavailable("a trial without an answer".into())),
    }
}

fn call(connection: &mut PgConnection, message: &NewMessage) -> QueryResult<Trial> {
    let bytes = |names: &[String]| -> Vec<Vec<u8>> {
        names.iter().map(|name| name.as_bytes().to_vec()).collect()
    };
    let headers = message.headers.as_ref();
    let headers = headers.map(|headers| serde_json::to_vec(headers).unwrap_or_default());
    diesel::sql_query("SELECT * FROM messages_trial($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind::<Binary, _>(message.msg_id.as_bytes())
        .bind::<Binary, _>(message.topic.as_bytes())
        .bind::<Timestamp, _>(message.timestamp)
        .bind::<Binary, _>(message.category.as_bytes())
        .bind::<Nullable<Binary>, _>(message.agent_name.as_ref().map(String::as_bytes))
        .bind::<Binary, _>(message.body.as_str().as_bytes())
        .bind::<Nullable<Binary>, _>(headers)
        .bind::<Array<Binary>, _>(bytes(&message.users))
        .bind::<Array<Binary>, _>(bytes(&message.packages))
        .get_result(connection)
}

impl Trial {
    fn is_taken(&self) -> bool {
        self.state == "00000"
    }

    /// Whether this is an error about data, and about data which comes with a message.
    fn is_about_the_message(&self) -> bool {
        let violated = self.violated.as_deref().unwrap_or_default();
        match self.state.as_str() {
            // A sequence at its end.
            "2200H" => false,
            // Keys are made here and not by senders: a sequence is behind, or a name is gone.
            "23505" | "23503" => !is_key_of_ours(violated),
            // What a trigger of the operator's raises.
            "P0001" => true,
            // Data that no column can hold, that a constraint forbids, that is beyond a limit.
            state => ["22", "23", "54"]
                .iter()
                .any(|class| state.starts_with(class)),
        }
    }
}

impl Trial {
    /// What keeps the database from taking messages, told by these words.
    fn fault(&self, told: String) -> StoreError {
        match self.state.as_str() {
            "53100" => StoreError::Full(told.into()),
            _ => StoreError::Impaired(told.into()),
        }
    }

    /// What is wrong with the database, and what helps where the SQLSTATE tells.
    fn complaint(&self) -> String {
        let violated = self.violated.as_deref().unwrap_or_default();
        match self.state.as_str() {
            "42501" => format!("{self}; {GRANTS}"),
            "23505" if violated.ends_with("_pkey") => format!(
                "{self}; where its sequence is behind the table, a start of nommer advances it"
            ),
            _ => self.to_string(),
        }
    }
}

fn is_key_of_ours(constraint: &str) -> bool {
    let ties =
        constraint.starts_with("users_messages_") || constraint.starts_with("packages_messages_");
    ties || constraint.ends_with("_pkey")
}

impl std::fmt::Display for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let reason = self.reason.as_deref().unwrap_or_default();
        write!(f, "{reason} (SQLSTATE {})", self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blamed(state: &str, violated: &str) -> bool {
        Trial {
            state: state.to_owned(),
            reason: None,
            violated: Some(violated.to_owned()),
        }
        .is_about_the_message()
    }

    #[test]
    fn only_errors_about_data_are_a_messages_fault() {
        // What a trigger raises as a violation names no constraint, as a missing partition does; but then
        // harmless messages are not taken either.
        for state in [
            "22021", "22P05", "22003", "23502", "23514", "54000", "P0001",
        ] {
            assert!(blamed(state, ""), "{state}");
        }
        for state in [
            "00000", "08006", "0A000", "25006", "40001", "40P01", "42501", "42P01", "53100",
            "53200", "53300", "55006", "55P03", "57014", "57P01", "58030", "58P01", "XX000",
            "XX001", "XX002", "2200H",
        ] {
            assert!(!blamed(state, ""), "{state}");
        }
    }

    #[test]
    fn keys_that_are_made_here_are_no_messages_fault() {
        for key in [
            "messages_y2026_pkey",
            "users_pkey",
            "users_messages_user_id_fkey",
        ] {
            assert!(!blamed("23505", key) && !blamed("23503", key), "{key}");
        }
        assert!(blamed("23505", "one_topic_a_day"));
        assert!(blamed("23514", "short_topics"));
    }
}
