//! PostgreSQL and RabbitMQ end, in order or by force.

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

/// Makes PostgreSQL end all sessions and recover, by itself.
fn kill_backend(scene: &Scene, _: &mut Random) -> Result<String> {
    let query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'nommer' LIMIT 1";
    let Some(pid) = sql::rows(&scene.stack.database_url, query)?.pop() else {
        return Ok("there was none".to_owned());
    };
    std::process::Command::new("kill")
        .args(["-9", &pid])
        .status()?;
    Ok(format!("backend {pid}"))
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
