//! Programs and tables of different versions.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use devstack::{Postgres, Process, Rabbit, RabbitOptions, free_port};
use tempfile::NamedTempFile;

use crate::stack::Stack;
use crate::support::programs::{Grepper, Nommer, clean, config, migrate};
use crate::support::{eventually, http, rows};

const PATIENCE: Duration = Duration::from_secs(60);

/// `nommer migrate` with these arguments: what it prints, and its exit code.
fn migrated(mut nommer: Command, database_url: &str, arguments: &[&str]) -> (String, Option<i32>) {
    let nommer = nommer
        .arg("migrate")
        .args(["-c", "/dev/null"])
        .args(arguments);
    let output = nommer.env("DATABASE_URL", database_url).output();
    let output = output.expect("nommer");
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (
        String::from_utf8_lossy(&text).into_owned(),
        output.status.code(),
    )
}

#[test]
fn programs_say_what_older_tables_lack_and_a_plan_says_what_would_be_done() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let rabbit = devstack::shared_rabbit().expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let sql = "SELECT count(*) FROM __diesel_schema_migrations";
    let count = || rows(postgres, &database.name, sql).remove(0);
    let all: usize = count().parse().expect("a number");
    let settings = config(&rabbit.url(), &database.url, "upgraded", "upgraded.#");
    let grepper = Grepper::start(&database.url, &[]);
    // Tables that lack little, and those of the first release.
    for lacking in [2, all - 5] {
        let number = lacking.to_string();
        let back = ["--rollback", number.as_str(), "--drop-data"];
        let (text, code) = migrated(clean("nommer"), &database.url, &back);
        assert_eq!(code, Some(0), "{text}");
        let lacks =
            format!("the database lacks {lacking} of {all} migrations: run `nommer migrate`");

        let mut nommer = Nommer::start(&settings);
        let ended = nommer
            .process
            .wait(PATIENCE)
            .expect("waited")
            .expect("it ends");
        assert_eq!(ended.code(), Some(20), "{}", nommer.log());
        assert!(nommer.log().contains(&lacks), "{}", nommer.log());
        eventually("grepper says what is lacking", PATIENCE, || {
            let ready = grepper.get("/healthz/ready");
            ready.status == 503
                && ready
                    .body
                    .contains(&format!("the database lacks {lacking} of"))
        });

        let before = count();
        let (text, code) = migrated(clean("nommer"), &database.url, &["--plan"]);
        assert_eq!(code, Some(0), "{text}");
        assert_eq!(text.matches("would apply ").count(), lacking, "{text}");
        assert!(
            text.contains("nobody else writes meanwhile: counters\n"),
            "{text}"
        );
        let (text, code) = migrated(clean("nommer"), &database.url, &["--plan", "--json"]);
        assert_eq!(code, Some(0), "{text}");
        let plan: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(
            plan["migrations"].as_array().expect("an array").len(),
            lacking
        );
        assert_eq!(count(), before, "a plan applies nothing");

        migrate(&database.url);
        eventually("grepper is ready", PATIENCE, || {
            grepper.get("/healthz/ready").status == 200
        });
    }
    let (text, code) = migrated(clean("nommer"), &database.url, &["--plan"]);
    assert_eq!((text.as_str(), code), ("nothing to do\n", Some(0)));
}

/// A program of another version, from the folder that is named for it.
fn previous(name: &str) -> Option<Command> {
    let folder = PathBuf::from(std::env::var_os("PREVIOUS_PROGRAMS")?);
    let mut command = Command::new(folder.join(name));
    acceptance::clean(&mut command);
    Some(command)
}

/// The programs of before run on while the tables are brought up to date, and then those of today take over.
#[test]
fn programs_of_before_go_on_with_new_tables() {
    let (Some(migrating), Some(mut old_nommer), Some(mut old_grepper)) =
        (previous("nommer"), previous("nommer"), previous("grepper"))
    else {
        println!("skipped: no PREVIOUS_PROGRAMS; `deploy/previous REVISION` builds them");
        return;
    };
    let postgres = Postgres::start(Stack::durable()).expect("a PostgreSQL server");
    let rabbit = Rabbit::start(RabbitOptions::default()).expect("a RabbitMQ server");
    let database = postgres.fresh_database().expect("a database");
    let (text, code) = migrated(migrating, &database.url, &[]);
    assert_eq!(code, Some(0), "{text}");
    let settings = Stack::config_of(&rabbit, &database);
    let mut file = NamedTempFile::with_suffix(".toml").expect("a file");
    file.write_all(settings.as_bytes()).expect("written");
    let mut stack = Stack {
        nommer: Nommer::start(&settings),
        postgres,
        rabbit,
        database,
    };
    let (plan, _) = migrated(clean("nommer"), &stack.database.url, &["--plan"]);
    println!("{plan}");
    let expected = match plan.starts_with("nothing to do") {
        true => stack.nommer.terminate(),
        false => {
            let ended = stack.nommer.process.wait(PATIENCE).expect("waited");
            assert_eq!(ended.expect("it ends").code(), Some(20));
            Some(0)
        }
    };
    assert_eq!(expected, Some(0), "{}", stack.nommer.log());

    old_nommer.arg("consume").arg("-c").arg(file.path());
    let mut old_nommer = Process::spawn(&old_nommer).expect("the nommer of before");
    let listen = format!("127.0.0.1:{}", free_port().expect("a port"));
    old_grepper.args(["--database-url", &stack.database.url, "--listen", &listen]);
    let _old_grepper = Process::spawn(&old_grepper).expect("the grepper of before");
    stack.wait_until_consuming();
    let stream = stack.stream();
    stack.wait_for_stored(300);
    let (text, code) = migrated(clean("nommer"), &stack.database.url, &[]);
    assert_eq!(code, Some(0), "{text}");
    stack.wait_for_stored(300);
    stack.nommer.start_again();
    eventually("today's nommer consumes, too", PATIENCE, || {
        stack.nommer.log().contains("consuming broker")
    });
    old_nommer.terminate().expect("signalled");
    let ended = old_nommer.wait(PATIENCE).expect("waited").expect("it ends");
    assert_eq!(ended.code(), Some(0));
    stack.wait_for_stored(300);
    stack.assert_all_stored_once(stream);
    let grepper = Grepper::start(&stack.database.url, &[]);
    for question in crate::several::QUESTIONS {
        let new = grepper.get(question);
        let old = http::get(&format!("http://{listen}{question}"));
        assert_eq!((old.status, old.body), (new.status, new.body), "{question}");
    }
    assert_eq!(stack.nommer.terminate(), Some(0));
}
