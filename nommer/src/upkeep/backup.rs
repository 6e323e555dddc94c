//! Tells those who watch when the last backup was made.

use std::io::Error;
use std::time::Duration;

use service::tasks::Task;

use crate::expected::backup::Backup;
use crate::vitals::Vitals;

/// As often as those who watch look.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15);

/// Looks again and again; `None` where no backup is known.
pub fn task(backup: Option<&Backup>, vitals: &Vitals) -> Option<Task> {
    let (backup, vitals) = (backup?.clone(), vitals.clone());
    let look = move || -> Result<(), Error> {
        vitals.backup_is(backup.last()?, &backup.age);
        Ok(())
    };
    Some(Task::new("watch_backup", BETWEEN_LOOKS, look).at_once())
}
