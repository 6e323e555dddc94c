//! PostgreSQL goes and comes back.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use devstack::{Process, StopMode};

use lapin::BasicProperties;

use crate::stack::{QUEUE, Stack};
use crate::support::amqp::Publisher;
use crate::support::programs::{clean, migrate};
use crate::support::{eventually, rows};

const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn nothing_is_lost_while_postgresql_restarts_and_crashes() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    for mode in [StopMode::Fast, StopMode::Immediate, StopMode::Immediate] {
        stack.wait_for_stored(150);
        stack.postgres.stop(mode).expect("stopped");
        stream.wait_for(150);
        stack.postgres.start_again().expect("started");
    }
    stack.wait_for_stored(150);
    stack.assert_all_stored_once(stream);
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn nothing_is_lost_while_postgresql_is_killed_again_and_again() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    for _ in 0..4 {
        stack.wait_for_stored(100);
        stack.postgres.kill().expect("killed");
        stream.wait_for(50);
        stack.postgres.start_again().expect("started");
        stack.wait_for_stored(100);
        // One backend: the server ends all others and recovers by itself.
        let backend = "SELECT pid FROM pg_stat_activity WHERE application_name = 'nommer' LIMIT 1";
        let pid = rows(&stack.postgres, &stack.database.name, backend).pop();
        let pid = pid.expect("nommer is connected");
        let kill = ["-9", &pid];
        assert!(
            Command::new("kill")
                .args(kill)
                .status()
                .expect("kill")
                .success()
        );
        // It answers for a moment before it notices; until it recovers, it lists who was killed.
        let listed = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}");
        eventually("the server has recovered", PATIENCE, || {
            let listed = stack.postgres.run_sql("postgres", &listed);
            listed.is_ok_and(|count| count.trim() == "0")
        });
    }
    stack.wait_for_stored(150);
    stack.assert_all_stored_once(stream);
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn nommer_waits_for_a_database_that_is_away_at_the_start() {
    let mut stack = Stack::start();
    assert_eq!(stack.nommer.terminate(), Some(0));
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    stack.nommer.start_again();
    let stream = stack.stream();
    stream.wait_for(400);
    assert!(
        stack
            .nommer
            .process
            .wait(Duration::ZERO)
            .expect("waited")
            .is_none(),
        "{}",
        stack.nommer.log()
    );
    stack.postgres.start_again().expect("started");
    stack.assert_all_stored_once(stream);
}

#[test]
fn a_stop_while_postgresql_is_away_ends_in_time_and_loses_nothing() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    stack.wait_for_stored(100);
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    stream.wait_for(100);
    let start = Instant::now();
    let code = stack.nommer.terminate();
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    assert!(
        code.is_some_and(|code| code != 0),
        "it could not flush: {code:?}\n{}",
        stack.nommer.log()
    );
    stack.postgres.start_again().expect("started");
    stack.nommer.start_again();
    stream.wait_for(200);
    stack.assert_all_stored_once(stream);
}

#[test]
fn what_has_no_id_and_comes_again_while_it_is_held_is_stored_once() {
    let mut stack = Stack::start();
    let publisher = Publisher::connect(&stack.rabbit.url());
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    publisher.publish("load.x", BasicProperties::default(), b"{\"n\": 1}");
    let says =
        |stack: &Stack, what: &str, times: usize| stack.nommer.log().matches(what).count() >= times;
    // Until the pauses between tries are long.
    eventually("it is held", PATIENCE, || {
        says(&stack, "it is held seconds=", 3)
    });
    // The broker takes it for lost, and delivers it again.
    stack
        .rabbit
        .rabbitmqctl(["close_all_connections", "a test"])
        .expect("closed");
    eventually("nommer notices", PATIENCE, || {
        says(&stack, "not consuming: will connect again", 1)
    });
    // It must not be taken again while it is held: each time counts towards a delivery limit.
    eventually("it is still held", PATIENCE, || {
        says(&stack, "it is held seconds=", 4)
    });
    assert!(
        !says(&stack, "consuming broker", 2),
        "{}",
        stack.nommer.log()
    );
    stack.postgres.start_again().expect("started");
    eventually("it is acknowledged", PATIENCE, || {
        stack.rabbit.queue_depth(QUEUE).expect("a depth") == Some(0)
    });
    eventually("the first one had its turn, too", PATIENCE, || {
        says(&stack, "INFO nommer::ingest::writer: batch", 2)
    });
    assert_eq!(stack.stored(), 1, "{}", stack.nommer.log());
}

#[test]
fn upkeep_that_fails_is_told_and_so_is_its_end() {
    let mut stack = Stack::start();
    stack.postgres.stop(StopMode::Fast).expect("stopped");
    let says = |stack: &Stack, what: &str| stack.nommer.log().contains(what);
    eventually("a failing fold is a warning", PATIENCE, || {
        says(
            &stack,
            "WARN service::tasks: a recurring task fails task=\"keep_counters\"",
        )
    });
    stack.postgres.start_again().expect("started");
    eventually("it works again", PATIENCE, || {
        says(
            &stack,
            "INFO service::tasks: a recurring task works again task=\"keep_counters\"",
        )
    });
    assert_eq!(stack.nommer.terminate(), Some(0));
}

#[test]
fn commands_tell_that_they_wait_for_a_migration_and_who_holds_them_up() {
    let postgres = devstack::shared_postgres().expect("a server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let sql = "BEGIN; LOCK TABLE __diesel_schema_migrations; SELECT 's3cret', pg_sleep(600)";
    let mut locker = devstack::psql(&database.url)
        .expect("psql")
        .args(["--command", sql])
        .stderr(Stdio::null())
        .spawn()
        .expect("psql");
    let sleeping = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    eventually("the table is locked", PATIENCE, || {
        rows(postgres, &database.name, sleeping).len() == 1
    });
    let start = |arguments: &[&str]| {
        let mut command = clean("nommer");
        command.args(arguments).env("DATABASE_URL", &database.url);
        Process::spawn(&command).expect("nommer")
    };
    let mut commands = [
        (
            start(&["migrate"]),
            r#"operation="migrate" shape="what is missing""#,
        ),
        (start(&["dead-letters", "list"]), r#"operation="check""#),
    ];
    for (command, operation) in &mut commands {
        let word = format!("the database has not answered yet {operation}");
        let line = command.wait_for_line(&word, PATIENCE).expect("a word");
        let holder = rows(postgres, &database.name, sleeping).remove(0);
        let expected = format!(r#"held_up_by="session {holder} of "#);
        assert!(line.contains(&expected), "{line}");
        let ends = [
            "(psql), active for ",
            "LOCK TABLE __diesel_schema_migrations",
        ];
        assert!(ends.iter().all(|part| line.contains(part)), "{line}");
        assert!(!line.contains("s3cret"), "{line}");
        println!("{line}");
    }
    rows(
        postgres,
        &database.name,
        &sleeping.replace("pid", "pg_terminate_backend(pid)"),
    );
    locker.wait().expect("ended");
    for (command, operation) in &mut commands {
        let ended = command.wait(PATIENCE).expect("waited");
        assert!(
            ended.is_some_and(|status| status.success()),
            "{operation}: {ended:?}"
        );
    }
}

#[test]
fn both_servers_restart() {
    let mut stack = Stack::start();
    let stream = stack.stream();
    for _ in 0..2 {
        stack.wait_for_stored(150);
        stack.postgres.stop(StopMode::Immediate).expect("stopped");
        stack.rabbit.stop().expect("stopped");
        std::thread::sleep(Duration::from_secs(1));
        stack.rabbit.start_again().expect("started");
        stack.postgres.start_again().expect("started");
    }
    stack.wait_for_stored(150);
    stack.assert_all_stored_once(stream);
    eventually("the queue is empty", Duration::from_secs(10), || {
        stack
            .rabbit
            .queue_depth(QUEUE)
            .is_ok_and(|depth| depth == Some(0))
    });
}
