//! Locks that an admin's statement holds for a while.

use anyhow::Result;
use simulator::Random;

use crate::disturbances::disturbance::Disturbance;
use crate::scene::Scene;

use crate::sql::{self, partition};

pub const ALL: &[Disturbance] = &[
    Disturbance::excusing("LOCK TABLE messages", |scene, random| {
        hold(scene, random, "messages")
    }),
    Disturbance::excusing("LOCK TABLE users", |scene, random| {
        hold(scene, random, "users")
    }),
    Disturbance::excusing("LOCK TABLE of this year's partition", |scene, random| {
        hold(scene, random, &partition())
    }),
    Disturbance::excusing("LOCK TABLE counters", |scene, random| {
        hold(scene, random, "counters")
    }),
];

fn hold(scene: &Scene, random: &mut Random, table: &str) -> Result<String> {
    let seconds = random.between(5, 40);
    let statements = format!(
        "BEGIN; SET LOCAL lock_timeout = '10s'; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;
         SELECT pg_sleep({seconds}); COMMIT"
    );
    sql::run(&scene.stack.database_url, &[statements])?;
    Ok(format!("held {table} for {seconds} s"))
}
