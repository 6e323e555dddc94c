//! What the kernel knows of this process, by the names that all Prometheus clients use.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use procfs::process::{LimitValue, Process as Kernel};
use procfs::{ProcResult, page_size, ticks_per_second};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads it when it is asked for.
#[derive(Debug)]
pub struct Process {
    /// Seconds since 1970. What tells it exactly, `/proc/uptime`, a sandbox may hide.
    started: f64,
}

impl Process {
    /// The process of now, early in its life.
    pub fn starting() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: since.map_or(0.0, |since| since.as_secs_f64()),
        }
    }
}

/// Seconds, bytes, and numbers.
struct Facts {
    cpu: f64,
    resident: u64,
    virtual_memory: u64,
    open_files: u64,
    most_files: Option<u64>,
    threads: i64,
}

impl Facts {
    fn read() -> ProcResult<Self> {
        let process = Kernel::myself()?;
        let stat = process.stat()?;
        let ticks = ticks_per_second() as f64;
        let most_files = match process.limits()?.max_open_files.soft_limit {
            LimitValue::Value(most) => Some(most),
            LimitValue::Unlimited => None,
        };
        Ok(Self {
            cpu: (stat.utime + stat.stime) as f64 / ticks,
            resident: stat.rss * page_size(),
            virtual_memory: stat.vsize,
            open_files: process.fd_count()? as u64,
            most_files,
            threads: stat.num_threads,
        })
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // Where the kernel tells nothing, nothing is told: no metric of ours depends on it.
        let Ok(facts) = Facts::read() else {
            return Ok(());
        };
        let mut tell =
            |name: &str, help: &str, metric: &dyn Named| metric.tell(&mut encoder, name, help);
        tell(
            "process_cpu_seconds",
            "Processor time",
            &ConstCounter::new(facts.cpu),
        )?;
        tell(
            "process_start_time_seconds",
            "When it started, since 1970",
            &ConstGauge::new(self.started),
        )?;
        tell(
            "process_resident_memory_bytes",
            "Memory in use",
            &ConstGauge::new(facts.resident),
        )?;
        tell(
            "process_virtual_memory_bytes",
            "Memory that may be used",
            &ConstGauge::new(facts.virtual_memory),
        )?;
        tell(
            "process_open_fds",
            "Open files",
            &ConstGauge::new(facts.open_files),
        )?;
        if let Some(most) = facts.most_files {
            tell(
                "process_max_fds",
                "Files that may be open",
                &ConstGauge::new(most),
            )?;
        }
        tell(
            "process_threads",
            "Threads",
            &ConstGauge::new(facts.threads),
        )
    }
}

/// A metric that is written under a name.
trait Named {
    fn tell(&self, encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str) -> fmt::Result;
}

impl<M: EncodeMetric> Named for M {
    fn tell(&self, encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str) -> fmt::Result {
        let metric = encoder.encode_descriptor(name, help, None, self.metric_type())?;
        self.encode(metric)
    }
}
