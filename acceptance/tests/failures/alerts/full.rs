//! A disk without room for the database: a small file system in memory.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use devstack::{Database, Postgres, PostgresOptions, free_port};
use tempfile::TempDir;

use crate::alerts::prometheus::Prometheus;
use crate::alerts::watched_at;
use crate::support::amqp::{Publisher, properties};
use crate::support::programs::{Nommer, config, migrate};
use crate::support::{eventually, rows};

pub const ALERTS: &[&str] = &["NommerDatabaseFull"];

const MESSAGES: usize = 300;

/// A disk of 64 MB, until it is dropped.
pub struct SmallDisk(TempDir);

impl SmallDisk {
    /// In a folder whose name begins so; nothing where this may not be done.
    pub fn mount(name: &str) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix(name)
            .tempdir()
            .expect("a folder");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m,mode=0755", "tmpfs"])
            .arg(folder.path())
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        println!("SKIPPED: no file system may be mounted here");
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// A folder of whoever this other one belongs to.
    fn folder_like(&self, other: &Path) -> PathBuf {
        let folder = self.0.path().join("data");
        fs::create_dir(&folder).expect("made");
        let owner = fs::metadata(other).expect("there");
        chown(&folder, Some(owner.uid()), Some(owner.gid())).expect("given");
        folder
    }

    /// A file takes all that is left.
    fn fill(&self) -> PathBuf {
        let path = self.0.path().join("else");
        let mut file = File::create(&path).expect("made");
        let piece = vec![1; 4096];
        while file.write_all(&piece).is_ok() {}
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

/// A database whose tables are on that disk, and the log of changes elsewhere.
fn database_on(disk: &SmallDisk, postgres: &Postgres) -> Database {
    let folder = disk.folder_like(postgres.data_dir());
    let space = format!("CREATE TABLESPACE small LOCATION '{}'", folder.display());
    rows(postgres, "postgres", &space);
    rows(
        postgres,
        "postgres",
        "CREATE DATABASE small TABLESPACE small",
    );
    let database = Database {
        name: "small".to_owned(),
        url: postgres.url("small"),
    };
    migrate(&database.url);
    database
}

/// Ten thousand digits that do not get shorter by much.
fn digits(seed: usize) -> String {
    let word = |n: usize| {
        let mut hasher = DefaultHasher::new();
        (seed, n).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    };
    (0..625).map(word).collect()
}

/// 3 MB of messages.
fn publish(url: &str) {
    let message = |n: usize| {
        let properties = properties(&format!("id-{n}"), None);
        let body = format!("{{\"digits\": \"{}\"}}", digits(n));
        ("full.x".to_owned(), properties, body.into_bytes())
    };
    Publisher::connect(url).publish_all((0..MESSAGES).map(message));
}

#[test]
fn a_disk_without_room_is_told_and_nothing_is_lost() {
    let port = free_port().expect("a port");
    let (Some(mut prometheus), Some(disk)) = (
        Prometheus::watching(&[("nommer", port)]),
        SmallDisk::mount("full"),
    ) else {
        return;
    };
    let postgres = Postgres::start(PostgresOptions::default()).expect("a PostgreSQL server");
    let database = database_on(&disk, &postgres);
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let settings = config(&rabbit.url(), &database.url, "full", "full.#");
    let nommer = Nommer::start(&watched_at(port, &settings));
    eventually("it consumes", Duration::from_secs(60), || {
        nommer.log().contains("consuming broker")
    });
    prometheus.is_calm();

    let filler = disk.fill();
    publish(&rabbit.url());
    prometheus.fires(ALERTS);
    let log = nommer.log();
    assert!(log.contains("the database has no room"), "{log}");
    fs::remove_file(filler).expect("removed");
    prometheus.assert_all_fired(ALERTS);
    let all = [MESSAGES.to_string()];
    eventually("all are stored", Duration::from_secs(30), || {
        rows(&postgres, &database.name, "SELECT count(*) FROM messages") == all
    });
}
