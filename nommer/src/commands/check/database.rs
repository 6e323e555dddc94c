//! `nommer check database`

use archive::{ConnectionOptions, Durability, Upkeep};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use service::error_chain;

use super::verdict::{Grade, Verdict};
use crate::commands::audit::own::PartFault;
use crate::config::settings::Config;
use crate::database;
use crate::words::counted;

/// Transactions that are left before the server takes no more: it warns at 40 million itself, and stops at 3.
const LEFT: (i64, i64) = (500_000_000, 100_000_000);

/// Nobody sets it to nothing who never wanted standbys to be waited for.
const PASSED: &str = "commits wait for no standby, as synchronous_standby_names was set to nothing: \
    ALTER SYSTEM RESET synchronous_standby_names ends that, and pg_reload_conf()";

/// Looks whether what is committed stays, and whether anything will soon stand in the way of more.
pub fn check(config: &Config) -> Verdict {
    let options = match database::options_to_look(config) {
        // As who writes, whose settings say what is lost.
        Ok(options) => ConnectionOptions {
            read_only: false,
            ..options
        },
        Err(exit) => return Verdict::only(Grade::Unknown, exit.to_string()),
    };
    let upkeep = Upkeep::new(&options);
    if let Err(error) = upkeep.check_schema() {
        return Verdict::only(Grade::Critical, error_chain(&error));
    }
    let mut verdict = Verdict::default();
    let now = Utc::now();
    tell_backup(config, now, &mut verdict);
    if let Err(fault) = look(&upkeep, config.standbys, now.naive_utc(), &mut verdict) {
        verdict.tell(Grade::Critical, fault.to_string());
    }
    verdict
}

/// What needs no lock first: what is found before somebody's lock is met is told all the same.
fn look(
    upkeep: &Upkeep,
    standbys: u32,
    now: NaiveDateTime,
    verdict: &mut Verdict,
) -> Result<(), PartFault> {
    let durability = upkeep.durability().map_err(PartFault::of("durability"))?;
    if durability.has_fewer_than(standbys) && !durability.follows {
        let told =
            format!("commits wait for fewer standbys than the configuration expects ({standbys})");
        verdict.tell(Grade::Warning, told);
    }
    tell_refusal(&durability, verdict);
    tell_durability(&durability, verdict);
    let held_back = upkeep.held_back(now);
    if let Some(held_back) = held_back.map_err(PartFault::of("snapshots"))? {
        let told = format!("dead rows are not cleaned: {} keeps them", held_back.holder);
        verdict.tell(Grade::Warning, told);
    }
    let condition = upkeep.condition();
    let condition = condition.map_err(PartFault::of("dead letters and notes"))?;
    verdict.figure("dead letters", condition.dead_letters, None);
    verdict.figure("notes", condition.notes, None);
    let behind = upkeep.sequences_behind();
    for sequence in behind.map_err(PartFault::of("sequences"))? {
        let told = format!(
            "sequence {} is behind its table: `nommer migrate` advances it, beside a nommer that runs",
            sequence.name
        );
        verdict.tell(Grade::Critical, told);
    }
    let faults = upkeep.partition_faults(now);
    for year in faults.map_err(PartFault::of("partitions"))?.missing {
        verdict.tell(Grade::Warning, format!("there is no partition for {year}"));
    }
    Ok(())
}

/// What the file says by which backups are known.
fn tell_backup(config: &Config, now: DateTime<Utc>, verdict: &mut Verdict) {
    let Some(backup) = &config.backup else {
        return;
    };
    match backup.last() {
        Err(error) => verdict.tell(Grade::Unknown, format!("backup_file: {error}")),
        Ok(None) => {
            let file = backup.file.display();
            verdict.tell(
                Grade::Warning,
                format!("there is no backup: {file} is not there"),
            );
        }
        Ok(Some(last)) => {
            let age = (now - last).max(TimeDelta::zero());
            let grade = match age > backup.age.length {
                true => Grade::Warning,
                false => Grade::Ok,
            };
            let last = last.format("%F %H:%MZ");
            verdict.tell(grade, format!("the last backup is of {last}"));
            verdict.figure("backup age seconds", age.num_seconds().unsigned_abs(), None);
        }
    }
}

/// Whether it takes messages at all.
fn tell_refusal(durability: &Durability, verdict: &mut Verdict) {
    let why = match durability {
        Durability { follows: true, .. } => "the server is a standby, which takes no messages",
        Durability {
            read_only: true, ..
        } => "default_transaction_read_only is on: no messages are taken",
        _ => return,
    };
    verdict.tell(Grade::Critical, why);
}

fn tell_durability(durability: &Durability, verdict: &mut Verdict) {
    let mut bad = |is_bad: bool, grade, told: &str| {
        if is_bad {
            verdict.tell(grade, told);
        }
    };
    let waits = durability.synchronous_commit != "off";
    let lost = "what is committed is lost if";
    bad(
        !durability.fsync,
        Grade::Critical,
        &format!("fsync is off: {lost} the machine fails"),
    );
    bad(
        !waits,
        Grade::Critical,
        &format!("synchronous_commit is off: {lost} the server fails"),
    );
    let torn = "full_page_writes is off: pages may be torn if the machine fails";
    bad(!durability.full_page_writes, Grade::Warning, torn);
    bad(
        durability.archiving_fails,
        Grade::Warning,
        "the last try to archive the log failed",
    );
    tell_waiting(durability, verdict);
    let left = durability.transactions_left.max(0);
    let grade = match left {
        left if left < LEFT.1 => Grade::Critical,
        left if left < LEFT.0 => Grade::Warning,
        _ => Grade::Ok,
    };
    verdict.tell(
        grade,
        format!("{left} transactions are left before old ones must be frozen"),
    );
    verdict.tell(Grade::Ok, told(durability));
    verdict.figure("transactions left", left.unsigned_abs(), None);
    verdict.figure("standbys", durability.standbys.unsigned_abs(), None);
}

/// Whether commits wait for the standbys that they are to wait for.
fn tell_waiting(durability: &Durability, verdict: &mut Verdict) {
    let mut bad = |is_bad: bool, grade, told: &str| {
        if is_bad {
            verdict.tell(grade, told);
        }
    };
    bad(
        durability.lacks_standby(),
        Grade::Critical,
        &format!(
            "commits are to wait for {}, of which there {}",
            counted(durability.needed_standbys.unsigned_abs(), "standby"),
            match durability.synchronous_standbys {
                0 => "is none".to_owned(),
                1 => "is one".to_owned(),
                more => format!("are {more}"),
            }
        ),
    );
    bad(
        durability.waits_for_own_disk_only(),
        Grade::Warning,
        "synchronous_commit is local: commits do not wait for the standbys that synchronous_standby_names asks for",
    );
    bad(durability.passes_standbys(), Grade::Warning, PASSED);
}

/// What a commit waits for, and who else has what was committed.
fn told(durability: &Durability) -> String {
    let standbys = match durability.standbys.unsigned_abs() {
        0 => "there is no standby".to_owned(),
        all => format!(
            "{}, of which commits wait for {}",
            counted(all, "standby"),
            match durability.waits_for_own_disk_only() {
                true => 0,
                false => durability.synchronous_standbys,
            }
        ),
    };
    let archived = if durability.archives { "is" } else { "is not" };
    format!("commits wait for the disk; {standbys}; the log {archived} archived")
}
