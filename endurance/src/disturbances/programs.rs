//! nommer and grepper end, or stand still.

use anyhow::Result;
use devstack::Signal;
use simulator::Random;

use crate::disturbances::disturbance::{Disturbance, pause};
use crate::journal::lock;
use crate::scene::Scene;

pub const ALL: &[Disturbance] = &[
    Disturbance::quiet("kill -9 of a nommer", kill_nommer),
    Disturbance::quiet("kill -9 of a nommer, several times", kill_nommers),
    Disturbance::quiet("SIGTERM to a nommer", terminate_nommer),
    Disturbance::quiet("SIGSTOP of a nommer", freeze_nommer),
    Disturbance::excusing("kill -9 of a grepper", kill_grepper),
    Disturbance::excusing("SIGTERM to a grepper", terminate_grepper),
];

/// A stop that stores all, or tells that it could not in time.
const CODES: [Option<i32>; 2] = [Some(0), Some(21)];

fn kill_nommer(scene: &Scene, random: &mut Random) -> Result<String> {
    let mut nommer = lock(&scene.stack.nommers[random.index(scene.stack.nommers.len())]);
    nommer.kill()?;
    pause(scene, random.between(0, 5));
    nommer.start_again()?;
    Ok(format!("{} was started again", nommer.name))
}

fn kill_nommers(scene: &Scene, random: &mut Random) -> Result<String> {
    for _ in 0..5 {
        kill_nommer(scene, random)?;
        std::thread::sleep(std::time::Duration::from_millis(random.between(0, 2000)));
    }
    Ok("started again 5 times".to_owned())
}

fn terminate_nommer(scene: &Scene, random: &mut Random) -> Result<String> {
    let mut nommer = lock(&scene.stack.nommers[random.index(scene.stack.nommers.len())]);
    let code = nommer.terminate()?;
    if !CODES.contains(&code) {
        let name = &nommer.name;
        scene
            .journal
            .fault(&format!("{name} ended with {code:?} after SIGTERM"));
    }
    nommer.start_again()?;
    Ok(format!("{} ended with {code:?}", nommer.name))
}

fn freeze_nommer(scene: &Scene, random: &mut Random) -> Result<String> {
    let nommer = &scene.stack.nommers[random.index(scene.stack.nommers.len())];
    lock(nommer).signal(Signal::SIGSTOP)?;
    let seconds = random.between(5, 60);
    pause(scene, seconds);
    lock(nommer).signal(Signal::SIGCONT)?;
    Ok(format!("{} stood still for {seconds} s", lock(nommer).name))
}

fn kill_grepper(scene: &Scene, random: &mut Random) -> Result<String> {
    let mut grepper = lock(&scene.stack.greppers[random.index(scene.stack.greppers.len())]);
    grepper.kill()?;
    grepper.start_again()?;
    Ok(format!("{} was started again", grepper.name))
}

fn terminate_grepper(scene: &Scene, random: &mut Random) -> Result<String> {
    let mut grepper = lock(&scene.stack.greppers[random.index(scene.stack.greppers.len())]);
    let code = grepper.terminate()?;
    if code != Some(0) {
        let name = &grepper.name;
        scene
            .journal
            .fault(&format!("{name} ended with {code:?} after SIGTERM"));
    }
    grepper.start_again()?;
    Ok(format!("{} ended with {code:?}", grepper.name))
}
