//! Tells those who watch when categories and topics were heard of last of which something is expected.

use std::time::Duration;

use archive::{ConnectionOptions, Dimension, Reader, StoreError};
use chrono::Utc;
use service::tasks::Task;

use crate::expected::{self, Expected};
use crate::vitals::Vitals;

/// As often as those who watch look.
const BETWEEN_LOOKS: Duration = Duration::from_secs(15);

/// Looks again and again; `None` if nothing is expected.
pub fn task(expected: &Expected, options: &ConnectionOptions, vitals: &Vitals) -> Option<Task> {
    if expected.count() == 0 {
        return None;
    }
    let (expected, vitals) = (expected.clone(), vitals.clone());
    let reader = Reader::new(&ConnectionOptions {
        pool_size: 1,
        read_only: true,
        ..options.clone()
    });
    let look = move || -> Result<(), StoreError> {
        let now = Utc::now().naive_utc();
        for dimension in [Dimension::Categories, Dimension::Topics] {
            for (name, age) in expected.of(dimension) {
                let newest = expected::latest(&reader, dimension, name, now)?;
                let newest = newest.map(|time| time.and_utc());
                vitals.heard(dimension.name(), name, newest, age);
            }
        }
        Ok(())
    };
    Some(Task::new("watch_silence", BETWEEN_LOOKS, look).at_once())
}
