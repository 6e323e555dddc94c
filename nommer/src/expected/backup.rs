//! When the last backup was made, as a file says that whoever makes it touches then.

use std::io::{Error, ErrorKind};
use std::path::PathBuf;
use std::time::SystemTime;

use chrono::{DateTime, Utc};

use crate::expected::age::Age;

/// How a backup is known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Backup {
    /// It is touched after each one that succeeded.
    pub file: PathBuf,
    /// How old the last one may be.
    pub age: Age,
}

impl Backup {
    /// When the last one was made, as far as the file tells; `None` without it.
    pub fn last(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let modified = self.file.metadata().and_then(|file| file.modified());
        match modified.map(<DateTime<Utc> as From<SystemTime>>::from) {
            Ok(time) => Ok(Some(time)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let told = format!("{}: {error}", self.file.display());
                Err(Error::new(error.kind(), told))
            }
        }
    }
}
