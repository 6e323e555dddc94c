//! What clusters go through: primaries and brokers die under load, and each confirmed message is stored once.
//!
//! Then comes the control: what is done last, without commits that wait for a standby. It must lose messages, or
//! nothing that was looked at before could have seen a loss.

mod both;
mod broker_faults;
mod control;
mod database_faults;
mod faults;
mod filled;
mod readers;
mod setting;
mod told;
mod writes;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};
use devstack::Rabbit;
use devstack::cluster::PatroniCluster;
use service::say;

use crate::checks::archived::Found;
use crate::checks::drain;
use crate::cluster::faults::Field;
use crate::cluster::setting::Setting;
use crate::cluster::told::Told;
use crate::journal::Journal;
use crate::ledger::Ledger;
use crate::options::Options;
use crate::publisher::Publisher;

/// How long it is left alone at first.
const QUIET: Duration = Duration::from_secs(5);

/// Runs all; answers whether it held. Without the programs that it needs it says so, and answers that it held.
///
/// # Errors
/// When the machinery fails, as opposed to what is proved by it.
pub fn soak(options: &Options, folder: &Path) -> Result<bool> {
    let missing = devstack::cluster::missing_programs();
    if !missing.is_empty() {
        say(format_args!(
            "skipped: not installed: {}",
            missing.join(", ")
        ));
        return Ok(true);
    }
    let (mut cluster, mut brokers) = setting::servers()?;
    let mut setting = Setting::start(&cluster, &brokers, options, folder)?;
    let (journal, ledger) = (Journal::start(), Ledger::default());
    let (over, mut told) = (AtomicBool::new(false), Told::default());
    let addresses = setting.addresses.clone();
    let watched = setting.watched.clone();
    let lost = thread::scope(|scope| {
        let readers: Vec<_> = (0..readers::CLIENTS)
            .map(|number| {
                let (journal, over, addresses) = (&journal, &over, &addresses);
                scope.spawn(move || readers::run(journal, over, addresses, number))
            })
            .collect();
        let writes = scope.spawn(|| writes::watch(&journal, &over, &watched));
        let mut course = Course {
            options,
            journal: &journal,
            ledger: &ledger,
        };
        let lost = course.run(&mut cluster, &mut brokers, &mut setting);
        over.store(true, Ordering::Relaxed);
        for reader in readers {
            told.answers
                .extend(reader.join().map_err(|_| anyhow!("a reader panicked"))?);
        }
        told.writes = writes.join().map_err(|_| anyhow!("who watches panicked"))?;
        lost
    });
    cluster.keep_logs(folder)?;
    for program in setting.stop()? {
        journal.fault(&program);
    }
    match lost {
        Ok(0) => journal.fault("the control lost nothing, so that no loss could have been seen"),
        Ok(lost) => told.lost_by_control = lost,
        Err(error) => journal.fault(&format!("{error:#}")),
    }
    told.finish(&journal, &ledger, folder)
}

/// What is done, one after the other.
struct Course<'a> {
    options: &'a Options,
    journal: &'a Journal,
    ledger: &'a Ledger,
}

impl Course<'_> {
    /// Answers how many messages the control lost.
    fn run(
        &mut self,
        cluster: &mut PatroniCluster,
        brokers: &mut [Rabbit],
        setting: &mut Setting,
    ) -> Result<usize> {
        self.while_publishing(setting, 0, |course, setting| {
            thread::sleep(QUIET);
            let mut field = Field::new(course.journal, course.options.short, setting);
            both::all(&mut field, cluster, brokers)
        })?;
        drain::wait(|| brokers[0].queue_depth(setting::QUEUE))?;
        let (url, after) = (setting.database_url.clone(), setting.filled_until);
        for fault in Found::read(&url, after)?.faults(&self.ledger.entries()) {
            self.journal.fault(&fault);
        }
        if let Some(wrong) = drain::wrong_counters(&url)? {
            self.journal.fault(&format!("counters: {wrong}"));
        }
        let before = self.ledger.entries().len();
        control::without_waiting(cluster, &url)?;
        self.while_publishing(setting, 1, |course, setting| {
            let mut field = Field::new(course.journal, true, setting);
            control::lose(&mut field, cluster)
        })?;
        drain::wait(|| brokers[0].queue_depth(setting::QUEUE))?;
        let found = Found::read(&url, after)?;
        let entries = self.ledger.entries();
        Ok(control::lost(&found, &entries[before..], before))
    }

    fn while_publishing(
        &self,
        setting: &mut Setting,
        further: u64,
        work: impl FnOnce(&Self, &mut Setting) -> Result<()>,
    ) -> Result<()> {
        let stop = AtomicBool::new(false);
        let urls = setting.broker_urls.clone();
        thread::scope(|scope| {
            let publisher = Publisher {
                urls: &urls,
                rate: f64::from(self.options.rate),
                seed: self.options.seed + further,
                journal: self.journal,
                ledger: self.ledger,
                stop: &stop,
            };
            let publishing = scope.spawn(move || publisher.run());
            let worked = work(self, setting);
            stop.store(true, Ordering::Relaxed);
            let published = publishing
                .join()
                .map_err(|_| anyhow!("the publisher panicked"))?;
            worked.and(published)
        })
    }
}
