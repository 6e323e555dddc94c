//! Clients that hang up, read slowly, or ask for much.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use simulator::Random;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

use crate::disturbances::disturbance::{Disturbance, pause};
use crate::scene::Scene;
use crate::wire;

pub const ALL: &[Disturbance] = &[
    Disturbance::quiet("clients hang up on dear charts", |scene, random| {
        hang_up(scene, random, "/charts/line?start=1&split_on=contains")
    }),
    Disturbance::quiet("clients hang up on dear searches", |scene, random| {
        let path = "/raw?delta=18000000&category=bodhi&category=buildsys&category=copr";
        hang_up(scene, random, path)
    }),
    Disturbance::quiet("clients never read", never_read),
    Disturbance::quiet("clients ask for large pages", large_pages),
    Disturbance::quiet("clients ask for ever other shapes", shapes),
];

/// How long each lasts, in seconds.
const LENGTH: u64 = 20;

/// Each with twenty texts that no body holds, so that all bodies are read.
fn hang_up(scene: &Scene, random: &mut Random, path: &str) -> Result<String> {
    let end = scene.journal.now() + Duration::from_secs(LENGTH);
    let mut count = 0;
    while scene.journal.now() < end {
        let texts: String = (0..20)
            .map(|_| format!("&contains={}", random.hex(12)))
            .collect();
        let request = wire::get(&format!("{path}{texts}"));
        let address = &scene.stack.addresses[random.index(scene.stack.addresses.len())];
        // Two at a time; a grepper that restarts refuses them.
        let first = wire::send(address, &request);
        let second = wire::send(address, &request);
        thread::sleep(Duration::from_millis(300));
        drop((first, second));
        count += 2;
    }
    Ok(format!("{count} requests"))
}

/// The largest messages of the soak, a hundred of them.
fn large_page(random: &mut Random) -> String {
    let application = random.pick(&["bodhi", "copr", "buildsys", "git", "wiki"]);
    format!("/raw?topic=org.fedoraproject.prod.{application}.soak&rows_per_page=100&meta=text")
}

fn never_read(scene: &Scene, random: &mut Random) -> Result<String> {
    const READERS: usize = 100;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut sockets = Vec::new();
    for number in 0..READERS {
        let address = scene.stack.addresses[number % scene.stack.addresses.len()].parse();
        let address = address.context("an address")?;
        let request = wire::get(&large_page(random));
        let socket = runtime.block_on(async {
            let socket = TcpSocket::new_v4()?;
            // As little as the kernel lets: the rest is up to the server.
            socket.set_recv_buffer_size(2048)?;
            let mut stream = socket.connect(address).await?;
            stream.write_all(&request).await?;
            anyhow::Ok(stream)
        });
        sockets.extend(socket.ok());
    }
    pause(scene, LENGTH);
    Ok(format!("{} connections", sockets.len()))
}

fn large_pages(scene: &Scene, random: &mut Random) -> Result<String> {
    let end = scene.journal.now() + Duration::from_secs(LENGTH);
    let (mut count, mut bytes) = (0, 0);
    while scene.journal.now() < end {
        let address = &scene.stack.addresses[random.index(scene.stack.addresses.len())];
        let answer = wire::send(address, &wire::get(&large_page(random)));
        let mut sink = std::io::sink();
        bytes += answer.map_or(0, |mut stream| {
            std::io::copy(&mut stream, &mut sink).unwrap_or(0)
        });
        count += 1;
        thread::sleep(Duration::from_millis(200));
    }
    Ok(format!("{count} requests, {} MB", bytes / 1_000_000))
}

fn shapes(scene: &Scene, random: &mut Random) -> Result<String> {
    let filters = [
        "user=adamk",
        "package=kernel",
        "category=bodhi",
        "agent=bodhi",
        "topic=x",
        "not_user=adamk",
        "not_package=bash",
        "not_category=git",
        "user=bodhi",
        "package=bash",
        "start=1",
        "end=2000000000",
        "delta=86400",
        "order=asc",
        "page=2",
        "meta=summary",
    ];
    let end = scene.journal.now() + Duration::from_secs(LENGTH);
    let agent = wire::agent();
    let mut count = 0;
    while scene.journal.now() < end {
        let mut path = format!("/raw?rows_per_page={}", random.between(1, 100));
        for filter in filters.iter().filter(|_| random.percent(25)) {
            path = format!("{path}&{filter}");
        }
        let address = &scene.stack.addresses[random.index(scene.stack.addresses.len())];
        // A grepper that restarts refuses.
        if let Ok(mut answer) = agent.get(format!("http://{address}{path}")).call() {
            let _ = answer.body_mut().read_to_vec();
        }
        count += 1;
    }
    Ok(format!("{count} requests"))
}
