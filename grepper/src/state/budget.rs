//! How many bytes of answers there may be in memory at once.

use std::sync::Arc;
use std::time::Duration;

use archive::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::reply::error::ApiError;

/// All answers together, in bytes.
const LIMIT: u64 = 192 << 20;
/// The unit in which is counted, in bytes.
const UNIT: u64 = 1 << 10;
/// How many times its size a message takes while it is read and written.
const COPIES: u64 = 6;
/// How long part of an answer that has begun waits for room.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes that are left.
pub struct Budget(Arc<Semaphore>);

/// Bytes that are taken, until it is dropped.
pub struct Reserved {
    _units: OwnedSemaphorePermit,
}

impl Default for Budget {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new((LIMIT / UNIT) as usize)))
    }
}

impl Budget {
    /// Takes so many bytes if they are left. Whoever wants more than there are takes all.
    pub fn at_once(&self, bytes: u64) -> Option<Reserved> {
        let units = self.0.clone().try_acquire_many_owned(units(bytes));
        units.ok().map(|units| Reserved { _units: units })
    }

    /// Waits for room to read and write a large message; refused if there is none in a minute.
    pub async fn of_message(&self, message: &Message) -> Result<Reserved, ApiError> {
        let bytes = COPIES * message.left_out;
        let units = self.0.clone().acquire_many_owned(units(bytes));
        match timeout(PATIENCE, units).await {
            Ok(Ok(units)) => Ok(Reserved { _units: units }),
            _ => {
                tracing::warn!(
                    bytes,
                    "too many bytes of answers under way: one was given up"
                );
                Err(ApiError::Unavailable)
            }
        }
    }
}

fn units(bytes: u64) -> u32 {
    bytes.min(LIMIT).div_ceil(UNIT) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn no_more_is_given_than_there_is() {
        let budget = Budget::default();
        let most = budget.at_once(LIMIT - UNIT).expect("left");
        assert!(budget.at_once(UNIT + 1).is_none());
        let rest = budget.at_once(1).expect("left");
        assert!(budget.at_once(1).is_none());
        drop((most, rest));
        let message = Message {
            left_out: 10 * LIMIT,
            ..Message::default()
        };
        let all = budget.of_message(&message).await;
        assert!(all.is_ok() && budget.at_once(1).is_none());
    }
}
