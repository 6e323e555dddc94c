//! Messages that nothing can be wrong with: where one is not taken, it is the database's fault.

use chrono::NaiveDateTime;

use crate::body::Body;
use crate::error::StoreError;
use crate::message::{Identity, NewMessage};
use crate::subject::Subject;

/// A message of this time, and so of the same partition as others of its year. `name` stands where
/// messages have names, as it may be seen at the server while it is tried.
pub(super) fn message(name: &str, timestamp: NaiveDateTime) -> Result<NewMessage, StoreError> {
    Ok(NewMessage {
        msg_id: name.to_owned(),
        identity: Identity::IdAndTime,
        topic: name.to_owned(),
        timestamp,
        category: "Unclassified".to_owned(),
        agent_name: None,
        body: Body::parse("{}").map_err(|error| StoreError::Refused(Box::new(error)))?,
        headers: Some(serde_json::Map::new()),
        legacy: None,
        users: vec![name.to_owned()],
        packages: vec![name.to_owned()],
        subjects: [Subject::new("rpm", name), Subject::new("nvr", name)]
            .into_iter()
            .collect(),
    })
}
