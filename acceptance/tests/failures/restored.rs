//! The database is lost and restored by the commands of docs/operating.md: in the end each message is there once.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use devstack::{Database, Postgres, PostgresOptions, RabbitOptions};
use tempfile::TempDir;

use crate::stack::{QUEUE, Stack};
use crate::stream::Stream;
use crate::support::blocks::block;
use crate::support::programs::{Grepper, Nommer, clean, config, migrate};
use crate::support::{eventually, rows};

const PAGE: &str = include_str!("../../../docs/operating.md");
/// Where backups go on the page.
const BACKUPS: &str = "/var/backups/messages";
/// The folder of the server's data, and how pgBackRest is called there.
const DATA: &str = "/var/lib/postgresql/15/main";
const PGBACKREST: &str = "pgbackrest --stanza";
const PEER_QUEUE: &str = "peer";
const PATIENCE: Duration = Duration::from_secs(60);

/// An archive that will be lost, backups of it, and another site that listens to the same bus.
struct Drill {
    stack: Stack,
    backups: TempDir,
    peer: Site,
}

struct Site {
    database: Database,
    _nommer: Nommer,
    grepper: Grepper,
}

impl Site {
    fn listening_to(stack: &Stack) -> Self {
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        let database = postgres.fresh_database().expect("a database");
        migrate(&database.url);
        let url = stack.rabbit.url();
        let nommer = Nommer::start(&config(&url, &database.url, PEER_QUEUE, "load.#"));
        eventually("the other site consumes", PATIENCE, || {
            nommer.log().contains("consuming")
        });
        Self {
            grepper: Grepper::start(&database.url, &[]),
            database,
            _nommer: nommer,
        }
    }

    fn stored(&self) -> usize {
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        let sql = "SELECT count(*) FROM messages";
        let count = rows(postgres, &self.database.name, sql).remove(0);
        count.parse().expect("a number")
    }
}

impl Drill {
    /// With a server that is set up by the lines of the page with this name.
    fn start(settings: Option<&str>) -> Self {
        let backups = folder_for_everybody();
        let place = backups.path().to_str().expect("UTF-8");
        let setting = |line: &str| {
            let (name, value) = line.split_once(" = ").expect("a setting");
            (name.to_owned(), here(value.trim_matches('\''), place))
        };
        let lines = settings.map(|name| block(PAGE, "ini", name));
        let mut settings: Vec<_> = lines
            .iter()
            .flat_map(|it| it.lines())
            .map(setting)
            .collect();
        // pgBackRest takes no other way to the server.
        settings.push(("unix_socket_directories".to_owned(), place.to_owned()));
        let server = PostgresOptions {
            settings,
            ..Stack::durable()
        };
        let stack = Stack::start_on(server, RabbitOptions::default(), |rabbit, database| {
            give_roles(database);
            Stack::config_of(rabbit, &of_role("nommer", database))
        });
        let peer = Site::listening_to(&stack);
        Self {
            stack,
            backups,
            peer,
        }
    }

    /// A shell of who administers the server, for a block of the page behind what comes `before` it.
    fn shell(&self, before: &str, name: &str) -> Command {
        let script = before.to_owned() + &here(&block(PAGE, "sh", name), self.place());
        let shell = self.stack.postgres.shell(&script);
        let mut shell = shell.expect("a shell");
        shell
            .env("PGDATABASE", &self.stack.database.name)
            .env("BACKUPS", self.backups.path());
        shell
    }

    /// Runs a block of the page as who administers the server.
    fn administer(&self, name: &str, variables: &[(&str, PathBuf)]) {
        let mut shell = self.shell("", name);
        for (variable, value) in variables {
            shell.env(variable, value);
        }
        assert_succeeds(name, &mut shell);
    }

    /// Runs a block of the page where files may have no more than 8 KiB, as if the disk were full soon: it must tell.
    fn assert_fails(&self, name: &str) {
        let output = self.shell("ulimit -f 16\n", name).output();
        let output = output.expect("started");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!output.status.success(), "{name} on a full disk: {said}");
    }

    fn place(&self) -> &str {
        self.backups.path().to_str().expect("UTF-8")
    }

    /// The configuration of pgBackRest, for this server, and beside others of the machine.
    fn configure_pgbackrest(&self) {
        let (postgres, place) = (&self.stack.postgres, self.place());
        let data = postgres.data_dir().to_str().expect("UTF-8");
        let apart = format!("[global]\nlock-path={place}/lock\nlog-level-file=off\n");
        let written = here(&block(PAGE, "ini", "pgbackrest"), place);
        let written = written.replace(DATA, data).replace("[global]\n", &apart);
        let port = postgres.port();
        let server = format!("pg1-port={port}\npg1-socket-path={place}\npg1-user=postgres\n");
        let file = self.backups.path().join("pgbackrest.conf");
        fs::write(file, written + &server).expect("written");
    }

    /// Runs a block of the page as who administers the programs.
    fn operate(&self, name: &str, change: impl FnOnce(&str) -> String) -> Grepper {
        let script = change(&block(PAGE, "sh", name));
        let reader = of_role("grepper", &self.stack.database).url;
        let grepper = Grepper::start(&reader, &[]);
        let nommer = devstack::binary("nommer").expect("nommer");
        let folder = nommer.parent().expect("a folder").display();
        let path = std::env::var("PATH").expect("a PATH");
        let mut shell = Command::new("sh");
        acceptance::clean(&mut shell)
            .args(["-euc", &script])
            .env("PATH", format!("{folder}:{path}"))
            .env("FEDORA_MESSAGING_CONF", "/dev/null")
            .env("DATABASE_URL", of_role("nommer", &self.stack.database).url)
            .env("GREPPER", &grepper.authority)
            .env("PEER", &self.peer.grepper.authority)
            .env("SINCE", "2024-05-01");
        assert_succeeds(name, &mut shell);
        grepper
    }

    /// The newest of the backups that have this ending.
    fn backup(&self, end: &str) -> PathBuf {
        let entries = fs::read_dir(self.backups.path()).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let backups = paths.filter(|path| path.to_string_lossy().ends_with(end));
        backups.max().unwrap_or_else(|| panic!("no {end}"))
    }

    /// What the restored archive lacks is in the queue and at the other site, and nowhere else.
    fn prove(&self, stream: Stream) {
        let (confirmed, tried) = stream.finish();
        for queue in [QUEUE, PEER_QUEUE] {
            eventually("queues are empty", PATIENCE, || {
                self.stack.rabbit.queue_depth(queue).expect("a depth") == Some(0)
            });
        }
        assert!(self.peer.stored() >= confirmed.len());
        let before = self.stack.stored();
        self.operate("fetch", |script| {
            // Nobody waits ten minutes here, and the oldest messages are said to be years old.
            let hurried = script.replace("--backfill", "--backfill --settle 0s --rate 1000");
            assert_ne!(hurried, script);
            hurried
        });
        let fetched = self.stack.stored() - before;
        assert!(fetched > 0, "nothing was lost, so nothing is proved");
        self.stack.assert_stored_once(&confirmed, tried);
        let grepper = self.operate("check", str::to_owned);
        let count = grepper.get("/messagecount").json()["messagecount"].clone();
        assert_eq!(count, self.stack.stored());
        println!("{fetched} messages came from the other site");
    }
}

/// What the page says, with the folder that has backups here.
fn here(text: &str, place: &str) -> String {
    let own = format!("pgbackrest --config={place}/pgbackrest.conf --stanza");
    text.replace(BACKUPS, place).replace(PGBACKREST, &own)
}

/// Where the server's account can write, too.
pub fn folder_for_everybody() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let everybody = fs::Permissions::from_mode(0o777);
    fs::set_permissions(folder.path(), everybody).expect("permitted");
    folder
}

/// The database, for somebody with less rights.
pub fn of_role(role: &str, database: &Database) -> Database {
    Database {
        url: database.url.replace("postgres@", &format!("{role}@")),
        ..database.clone()
    }
}

pub fn give_roles(database: &Database) {
    let mut roles = clean("nommer");
    roles.args(["roles", "-c", "/dev/null"]);
    assert_succeeds("roles", roles.env("DATABASE_URL", &database.url));
}

#[track_caller]
pub fn assert_succeeds(name: &str, command: &mut Command) {
    let output = command.output().expect("started");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success(), "{name}: {said}");
    println!("{name}: {said}");
}

/// Restores what the block `dump` made, a file that ends so, by the block `restore`.
fn restore_into_a_fresh_server(dump: &str, end: &str, restore: &str) {
    let mut drill = Drill::start(None);
    let stream = drill.stack.stream();
    drill.stack.wait_for_stored(300);
    drill.administer(dump, &[]);
    let read = || fs::read(drill.backup(end)).expect("a backup");
    let whole = read();
    drill.assert_fails(dump);
    assert!(read() == whole, "half a dump is where the whole one was");
    for file in [".sql", end] {
        let mode = fs::metadata(drill.backup(file)).expect(file).permissions();
        assert_eq!(mode.mode() & 0o077, 0, "others may read {file}");
    }
    drill.stack.wait_for_stored(200);
    drill.stack.postgres.kill().expect("killed");
    stream.wait_for(200);

    let stack = &mut drill.stack;
    stack.nommer.terminate();
    stack.postgres = Postgres::start(Stack::durable()).expect("a PostgreSQL server");
    stack.database.url = stack.postgres.url(&stack.database.name);
    drill.administer(restore, &[("DUMP", drill.backup(end))]);
    let stack = &mut drill.stack;
    let database = of_role("nommer", &stack.database);
    stack.nommer = Nommer::start(&Stack::config_of(&stack.rabbit, &database));
    stack.wait_for_stored(200);
    drill.prove(stream);
    assert_eq!(drill.stack.nommer.terminate(), Some(0));
}

#[test]
fn nothing_is_missing_after_a_dump_was_restored_into_a_fresh_server() {
    restore_into_a_fresh_server("dump", ".dump", "restore-dump");
}

#[test]
fn nothing_is_missing_after_a_plain_dump_was_restored_into_a_fresh_server() {
    restore_into_a_fresh_server("plain-dump", ".sql.gz", "restore-plain-dump");
}

/// Loses the server after a backup, and restores that and the log since then.
fn lose(mut drill: Drill, back_up: impl FnOnce(&Drill), restore: impl FnOnce(&Drill)) {
    let stream = drill.stack.stream();
    drill.stack.wait_for_stored(300);
    back_up(&drill);
    drill.stack.wait_for_stored(200);
    let stored = |stack: &Stack| -> BTreeSet<String> {
        let sql = "SELECT msg::json ->> 'n' FROM messages";
        rows(&stack.postgres, &stack.database.name, sql)
            .into_iter()
            .collect()
    };
    let sql = |stack: &Stack, sql: &str| rows(&stack.postgres, &stack.database.name, sql).remove(0);
    let in_log = stored(&drill.stack);
    // As archive_timeout does each minute.
    let file = "SELECT pg_walfile_name(pg_switch_wal())";
    let file = sql(&drill.stack, file);
    eventually("the log is archived", PATIENCE, || {
        let archived = format!("SELECT last_archived_wal >= '{file}' FROM pg_stat_archiver");
        sql(&drill.stack, &archived) == "t"
    });
    drill.stack.wait_for_stored(200);
    drill.stack.postgres.kill().expect("killed");
    fs::remove_dir_all(drill.stack.postgres.data_dir().join("base")).expect("lost");
    stream.wait_for(200);

    restore(&drill);
    // nommer waits for it meanwhile.
    drill.stack.postgres.start_again().expect("started");
    eventually("it has recovered", PATIENCE, || {
        sql(&drill.stack, "SELECT pg_is_in_recovery()") == "f"
    });
    let lacking: Vec<String> = (&in_log - &stored(&drill.stack)).into_iter().collect();
    assert!(lacking.is_empty(), "not in the log: {lacking:?}");
    drill.stack.wait_for_stored(200);
    drill.prove(stream);
    assert_eq!(drill.stack.nommer.terminate(), Some(0));
}

#[test]
fn nothing_is_missing_after_a_base_backup_and_the_log_since_then_were_restored() {
    lose(
        Drill::start(Some("archiving")),
        |drill| {
            drill.assert_fails("base");
            let mut made = fs::read_dir(drill.backups.path()).expect("a folder");
            let is_base = |entry: std::io::Result<fs::DirEntry>| {
                let name = entry.expect("an entry").file_name();
                name.to_string_lossy().ends_with(".base")
            };
            assert!(!made.any(is_base), "half a base backup looks whole");
            drill.administer("base", &[]);
        },
        |drill| drill.administer("restore-base", &[("BASE", drill.backup(".base"))]),
    );
}

#[test]
fn nothing_is_missing_after_pgbackrest_restored_its_backup_and_the_log() {
    if Command::new("pgbackrest").arg("version").output().is_err() {
        println!("SKIPPED: no pgbackrest (Debian: apt-get install pgbackrest)");
        return;
    }
    let drill = Drill::start(Some("pgbackrest-archiving"));
    drill.configure_pgbackrest();
    drill.administer("pgbackrest-begin", &[]);
    lose(
        drill,
        |drill| drill.administer("pgbackrest-backup", &[]),
        |drill| drill.administer("pgbackrest-restore", &[]),
    );
}
