//! Why an audit cannot go on.

use archive::StoreError;

use crate::exit::Exit;

/// Why an audit cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The peer does not answer as it should.
    #[error("{0}")]
    Peer(String),
    /// The peer fails at what it was asked for, and perhaps not at other things.
    #[error("{0}")]
    Unread(String),
    /// This archive does not.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Fault> for Exit {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Peer(reason) | Fault::Unread(reason) => Self::Failed(reason),
            Fault::Store(error) => error.into(),
        }
    }
}
