//! `nommer migrate --plan`

use archive::{ConnectionOptions, PlannedMigration, PlannedWork, plan_migrations};
use pythonic::json::to_text;
use serde_json::{Value, json};
use service::say;

use crate::exit::Exit;
use crate::words::counted;

/// What is so for each of them.
const ALL: &str = "\
Each is one transaction: one that is interrupted is taken back, and the next `nommer migrate` begins with it; what was
applied before it stays. While it does not get its locks within 1 s, it lets others pass for 2 s and tries again, for
5 minutes. Messages that come meanwhile wait with nommer and the broker.";

/// Tells what would be applied.
pub fn run(options: &ConnectionOptions, as_json: bool) -> Result<(), Exit> {
    let plan = plan_migrations(options)?;
    if as_json {
        let migrations: Vec<Value> = plan.iter().map(object).collect();
        say(to_text(&json!({"migrations": migrations})));
        return Ok(());
    }
    for migration in &plan {
        say(text(migration));
    }
    match plan.is_empty() {
        true => say("nothing to do"),
        false => say(ALL),
    }
    Ok(())
}

fn object(migration: &PlannedMigration) -> Value {
    let work = migration.work.as_ref();
    json!({
        "name": migration.name,
        "neither_read_nor_written": migration.closed,
        "not_written": migration.read_only,
        "works_on": work.map(|work| work.table),
        "rows": work.map(|work| work.rows),
        "bytes": work.map(|work| work.bytes),
        "seconds": work.map(|work| work.seconds),
    })
}

fn text(migration: &PlannedMigration) -> String {
    let mut lines = vec![format!("would apply {}", migration.name)];
    if !migration.closed.is_empty() {
        let tables = migration.closed.join(", ");
        lines.push(format!("  nobody else reads or writes meanwhile: {tables}"));
    }
    if !migration.read_only.is_empty() {
        let tables = migration.read_only.join(", ");
        lines.push(format!("  nobody else writes meanwhile: {tables}"));
    }
    lines.push(format!("  time: {}", time(migration.work.as_ref())));
    lines.join("\n")
}

/// What takes less is as long as the machine's mood.
const MOMENT: f64 = 1.0;

fn time(work: Option<&PlannedWork>) -> String {
    match work {
        Some(work) if work.seconds >= MOMENT => format!(
            "about {:.0} s for {} of {} ({} MB), calculated from what a million took elsewhere",
            work.seconds,
            counted(work.rows, "row"),
            work.table,
            work.bytes >> 20,
        ),
        _ => "a moment".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_tells_locks_and_time() {
        let small = PlannedMigration {
            name: "1_small".to_owned(),
            closed: Vec::new(),
            read_only: Vec::new(),
            work: None,
        };
        assert_eq!(text(&small), "would apply 1_small\n  time: a moment");
        let large = PlannedMigration {
            name: "2_large".to_owned(),
            closed: vec!["a", "b"],
            read_only: vec!["c"],
            work: Some(PlannedWork {
                table: "a",
                rows: 3_000_000,
                bytes: 500 << 20,
                seconds: 6.3,
            }),
        };
        assert_eq!(
            text(&large),
            "would apply 2_large
  nobody else reads or writes meanwhile: a, b
  nobody else writes meanwhile: c
  time: about 6 s for 3000000 rows of a (500 MB), calculated from what a million took elsewhere"
        );
    }
}
