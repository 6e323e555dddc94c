//! How the recurring tasks fare, as metrics.

use std::fmt;
use std::sync::{Arc, OnceLock};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use service::tasks::TaskStatuses;

/// Read when it is asked for; nothing before the tasks are started.
#[derive(Debug)]
pub struct Tasks(pub Arc<OnceLock<TaskStatuses>>);

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct OfTask {
    task: &'static str,
}

impl Collector for Tasks {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let succeeded: Family<OfTask, Gauge> = Family::default();
        let failing: Family<OfTask, Gauge> = Family::default();
        let statuses = self.0.get().map(TaskStatuses::snapshot);
        for status in statuses.unwrap_or_default() {
            let task = OfTask { task: status.name };
            if let Some(time) = status.last_success {
                succeeded.get_or_create(&task).set(time.timestamp());
            }
            let in_a_row = status.failing.map_or(0, |failing| failing.in_a_row);
            failing.get_or_create(&task).set(in_a_row as i64);
        }
        for (name, help, family) in [
            (
                "nommer_task_last_success_timestamp_seconds",
                "When a recurring task last ended well",
                succeeded,
            ),
            (
                "nommer_task_failures_in_a_row",
                "How many runs of a recurring task failed since one ended well",
                failing,
            ),
        ] {
            let metric = encoder.encode_descriptor(name, help, None, family.metric_type())?;
            family.encode(metric)?;
        }
        Ok(())
    }
}
