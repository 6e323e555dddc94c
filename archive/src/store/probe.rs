//! Proves that messages can be stored, without storing one.

use chrono::NaiveDateTime;
use diesel::Connection;
use diesel::result::Error;

use crate::database::connection;
use crate::error::StoreError;
use crate::store::batch::{self, BatchMemory};
use crate::store::writer::Writer;
use crate::store::{dead_letters, harmless, replicated, trial};

impl Writer {
    /// Goes the way of a message of this time and of what cannot be understood, and leaves nothing: the message is
    /// taken back, and the transaction around it is committed. Blocks as long as storing would.
    pub fn probe(&self, time: NaiveDateTime) -> Result<(), StoreError> {
        let mut harmless = [harmless::message("probe", time)?];
        let answer = connection::run(
            self.pool(),
            "probe",
            &"",
            Some(connection::PATIENCE),
            |connection| {
                replicated::commit(connection, |connection| {
                    let answer = connection.transaction(|connection| {
                        batch::store(connection, &mut harmless, &BatchMemory::default())?;
                        dead_letters::keep_none(connection)?;
                        Err::<(), _>(Error::RollbackTransaction)
                    });
                    match answer {
                        Err(Error::RollbackTransaction) => Ok(()),
                        answer => answer,
                    }
                })
            },
        );
        let answer = replicated::kept(answer);
        if matches!(answer, Err(StoreError::Refused(_))) {
            // Which tells what is wrong, a full disk say.
            trial::check_health(self.pool(), time)?;
        }
        answer
    }
}
