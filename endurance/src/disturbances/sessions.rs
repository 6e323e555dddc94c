//! An admin ends statements and sessions.

use anyhow::Result;

use crate::disturbances::disturbance::Disturbance;
use crate::scene::Scene;
use crate::sql;

pub const ALL: &[Disturbance] = &[
    Disturbance::excusing("statements are cancelled", |scene, _| {
        strike(scene, "pg_cancel_backend", "state = 'active'")
    }),
    Disturbance::excusing("sessions are terminated", |scene, _| {
        strike(scene, "pg_terminate_backend", "true")
    }),
    Disturbance::excusing("some sessions are terminated", |scene, _| {
        strike(scene, "pg_terminate_backend", "random() < 0.2")
    }),
];

/// Twenty times within ten seconds, to those of our programs.
fn strike(scene: &Scene, function: &str, which: &str) -> Result<String> {
    let statement = format!(
        "SELECT count({function}(pid)) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name <> 'soak' AND {which}"
    );
    let mut struck = 0;
    for _ in 0..20 {
        let count = sql::run(&scene.stack.database_url, &[&statement])?;
        struck += count.parse::<u32>().unwrap_or_default();
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    Ok(format!("{struck} times"))
}
