//! PostgreSQL and RabbitMQ end, in order or by force.

use std::thread;
use std::time::Duration;

use anyhow::Result;
use devstack::StopMode;
use simulator::Random;

use crate::disturbances::disturbance::{Disturbance, pause};
use crate::journal::lock;
use crate::scene::Scene;
use crate::sql;

pub const ALL: &[Disturbance] = &[
    Disturbance::excusing("PostgreSQL restarts", |scene, random| {
        stop_postgres(scene, random, StopMode::Fast)
    }),
    Disturbance::excusing("PostgreSQL stops at once", |scene, random| {
        stop_postgres(scene, random, StopMode::Immediate)
    }),
    Disturbance::excusing("kill -9 of PostgreSQL", kill_postgres),
    Disturbance::excusing("kill -9 of a backend", kill_backend),
    Disturbance::quiet("RabbitMQ restarts", restart_rabbit),
    Disturbance::quiet("kill -9 of RabbitMQ", kill_rabbit),
    Disturbance::quiet("RabbitMQ closes all connections", close_connections),
    Disturbance::excusing("both servers at once", kill_both),
];

/// How long PostgreSQL may take to recover.
const RECOVERY: Duration = Duration::from_secs(120);

fn stop_postgres(scene: &Scene, random: &mut Random, mode: StopMode) -> Result<String> {
    lock(&scene.stack.postgres).stop(mode)?;
    start_postgres(scene, random)
}

fn kill_postgres(scene: &Scene, random: &mut Random) -> Result<String> {
    lock(&scene.stack.postgres).kill()?;
    start_postgres(scene, random)
}

fn start_postgres(scene: &Scene, random: &mut Random) -> Result<String> {
    let seconds = random.between(0, 15);
    pause(scene, seconds);
    scene.stack.start_postgres()?;
    Ok(format!("was away for {seconds} s"))
}

/// Makes PostgreSQL end all sessions and recover, by itself; lasts until it has.
fn kill_backend(scene: &Scene, _: &mut Random) -> Result<String> {
    let before = checkpointer(scene)?;
    let query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'nommer' LIMIT 1";
    let Some(pid) = sql::rows(&scene.stack.database_url, query)?.pop() else {
        return Ok("there was none".to_owned());
    };
    std::process::Command::new("kill")
        .args(["-9", &pid])
        .status()?;
    let killed = scene.journal.now();
    // Another one is started after the recovery; until then nobody is let in.
    while checkpointer(scene).map_or(true, |now| now == before) {
        let waited = scene.journal.now().saturating_sub(killed);
        anyhow::ensure!(waited < RECOVERY, "PostgreSQL did not recover");
        thread::sleep(Duration::from_millis(200));
    }
    Ok(format!("backend {pid}"))
}

/// The process id of the checkpointer.
fn checkpointer(scene: &Scene) -> Result<Vec<String>> {
    let query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
    sql::rows(&scene.stack.database_url, query)
}

fn restart_rabbit(scene: &Scene, random: &mut Random) -> Result<String> {
    let mut rabbit = lock(&scene.stack.rabbit);
    rabbit.stop()?;
    pause(scene, random.between(0, 10));
    rabbit.start_again()?;
    Ok("was stopped and started".to_owned())
}

fn kill_rabbit(scene: &Scene, random: &mut Random) -> Result<String> {
    let mut rabbit = lock(&scene.stack.rabbit);
    rabbit.kill()?;
    pause(scene, random.between(0, 10));
    rabbit.start_again()?;
    Ok("was started again".to_owned())
}

fn close_connections(scene: &Scene, _: &mut Random) -> Result<String> {
    lock(&scene.stack.rabbit).rabbitmqctl(["close_all_connections", "soak"])?;
    Ok("all are closed".to_owned())
}

fn kill_both(scene: &Scene, random: &mut Random) -> Result<String> {
    lock(&scene.stack.postgres).kill()?;
    let rabbit = kill_rabbit(scene, random);
    scene.stack.start_postgres()?;
    rabbit
}
