//! Where the settings of sessions come from: the start-up packet, or statements where a pooler lets none through.

use std::thread;
use std::time::Duration;

use archive::{ConnectionOptions, PageRequest, Reader, Search, StoreError, Writer};
use devstack::{PgBouncer, Postgres, PostgresOptions, StopMode};

use crate::support::message;

const DATABASE: &str = "messages";

fn options(url: String) -> ConnectionOptions {
    ConnectionOptions {
        url,
        application_name: "test",
        pool_size: 2,
        checkout_timeout: Duration::from_secs(10),
        statement_timeout: Some(Duration::from_secs(9)),
        read_only: false,
    }
}

/// A server with a migrated database, which logs all statements.
fn server() -> Postgres {
    let settings = [("log_statement", "all"), ("enable_sort", "on")];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let postgres = Postgres::start(PostgresOptions {
        settings: settings.into(),
        ..PostgresOptions::default()
    })
    .expect("a server");
    postgres.create_database(DATABASE).expect("a database");
    archive::migration::apply(&options(postgres.url(DATABASE))).expect("migrated");
    postgres
}

fn reader(url: String) -> Reader {
    Reader::new(&ConnectionOptions {
        read_only: true,
        ..options(url)
    })
}

/// What the server was asked since its log had so many bytes.
fn asked(postgres: &Postgres, before: usize) -> String {
    let log = std::fs::read_to_string(postgres.log_file()).expect("a log");
    log[before..].to_owned()
}

fn length(postgres: &Postgres) -> usize {
    asked(postgres, 0).len()
}

/// How many of the settings were set by statements.
fn set(log: &str) -> usize {
    log.matches("set_config('enable_sort', 'off'").count()
}

#[test]
fn nothing_is_set_by_statements_where_the_start_up_packet_arrives() {
    let postgres = server();
    let before = length(&postgres);
    let url = postgres.url(DATABASE);
    reader(format!("{url}?options=-c%20work_mem%3D5MB"))
        .ping()
        .expect("an answer");
    reader(format!("{url}?target_session_attrs=primary"))
        .ping()
        .expect("an answer");
    let log = asked(&postgres, before);
    assert!(log.contains("pg_postmaster_start_time"), "{log}");
    assert!(!log.contains("set_config"), "{log}");
    // libpq would take no server for one that takes writes, where a session may not write from its start on.
    reader(format!("{url}?target_session_attrs=read-write"))
        .ping()
        .expect("an answer");
    let log = asked(&postgres, before);
    assert!(
        log.contains("set_config('default_transaction_read_only', 'on'"),
        "{log}"
    );
    assert_eq!(set(&log), 0, "{log}");
}

#[test]
fn what_a_pooler_refuses_or_drops_is_set_by_statements() {
    if PgBouncer::program().is_none() {
        println!("skipped: PgBouncer is not installed");
        return;
    }
    let postgres = server();
    for settings in ["", "ignore_startup_parameters = options"] {
        let settings = format!("pool_mode = session\n{settings}");
        let pooler = PgBouncer::start(&postgres, &settings).expect("a pooler");
        let before = length(&postgres);
        let reader = reader(pooler.url(DATABASE));
        reader.ping().expect("an answer");
        assert_eq!(reader.total().expect("a total"), 0);
        let log = asked(&postgres, before);
        assert_eq!(set(&log), 1, "{settings}: {log}\n{}", pooler.log());
    }
}

#[test]
fn where_the_role_has_all_that_a_session_needs_a_pooler_shares_sessions_and_nothing_is_set() {
    if PgBouncer::program().is_none() {
        println!("skipped: PgBouncer is not installed");
        return;
    }
    let postgres = server();
    let page = std::fs::read_to_string("../docs/pooler.sql").expect("the page");
    let role = page.replace("ROLE grepper", "ROLE postgres");
    postgres
        .run_sql(DATABASE, &role)
        .expect("the role's defaults");
    // Older ones cannot let clients share sessions that have prepared statements.
    let mode = match PgBouncer::keeps_prepared_statements() {
        true => "pool_mode = transaction\nmax_prepared_statements = 200\ndefault_pool_size = 2",
        false => "pool_mode = session",
    };
    println!("{mode}");
    let settings = format!("{mode}\nignore_startup_parameters = options");
    let pooler = PgBouncer::start(&postgres, &settings).expect("a pooler");
    let before = length(&postgres);
    let readers = [(); 3].map(|()| reader(pooler.url(DATABASE)));
    thread::scope(|scope| {
        for reader in readers.iter().cycle().take(6) {
            scope.spawn(|| {
                for n in 0..20 {
                    let page = PageRequest {
                        number: 1,
                        size: 1 + n % 5,
                    };
                    let found = reader.search(&Search::default(), page).expect("a page");
                    assert_eq!(
                        (found.total, reader.find("x").expect("an answer")),
                        (0, None)
                    );
                }
            });
        }
    });
    let log = asked(&postgres, before);
    assert!(log.contains("pg_postmaster_start_time"), "{log}");
    assert!(!log.contains("set_config"), "{log}");
    let sessions = postgres.run_sql(
        DATABASE,
        "SELECT count(*) <= 2 FROM pg_stat_activity WHERE application_name = 'test'",
    );
    let are_shared = sessions.expect("an answer") == "t";
    assert_eq!(are_shared, PgBouncer::keeps_prepared_statements());
}

#[test]
fn a_pooler_that_shares_sessions_with_prepared_statements_is_named_as_the_cause() {
    if PgBouncer::program().is_none() {
        println!("skipped: PgBouncer is not installed");
        return;
    }
    let postgres = server();
    let forgets = match PgBouncer::keeps_prepared_statements() {
        true => "max_prepared_statements = 0",
        false => "",
    };
    let settings = format!(
        "pool_mode = transaction\ndefault_pool_size = 1\nignore_startup_parameters = options\n{forgets}"
    );
    let pooler = PgBouncer::start(&postgres, &settings).expect("a pooler");
    let mut refusals = [(); 3]
        .map(|()| Writer::new(&options(pooler.url(DATABASE))))
        .into_iter()
        .filter_map(|writer| {
            let error = writer.store(&mut [message("a")]).err()?;
            assert!(matches!(error, StoreError::Impaired(_)), "{error:?}");
            Some(format!(
                "{:?}",
                std::error::Error::source(&error)?.to_string()
            ))
        });
    let refusal = refusals.next().expect("the session of another one");
    assert!(refusal.contains("pool_mode = session"), "{refusal}");
}

#[test]
fn a_pooler_that_says_what_was_true_before_a_switchover_is_passed_over() {
    if PgBouncer::program().is_none() {
        println!("skipped: PgBouncer is not installed");
        return;
    }
    let mut first = server();
    let mut second = first
        .standby(PostgresOptions::default())
        .expect("a standby");
    let mode = "pool_mode = session\nignore_startup_parameters = options";
    let poolers = [&first, &second].map(|server| PgBouncer::start(server, mode).expect("a pooler"));
    let place = |pooler: &PgBouncer| {
        let url = pooler.url(DATABASE);
        let (_, rest) = url.split_once('@').expect("a role");
        rest.split('/').next().expect("a place").to_owned()
    };
    let places = [&poolers[0], &poolers[1]].map(place).join(",");
    let url = poolers[0]
        .url(DATABASE)
        .replace(&place(&poolers[0]), &places);
    let writer = Writer::new(&options(url));
    writer.store(&mut [message("before")]).expect("stored");
    reader(poolers[1].url(DATABASE)).ping().expect("an answer");

    first.stop(StopMode::Fast).expect("stopped");
    second
        .run_sql("postgres", "SELECT pg_promote()")
        .expect("promoted");
    std::fs::write(first.data_dir().join("standby.signal"), "").expect("written");
    first.start_again().expect("started");
    let follows = first.run_sql("postgres", "SELECT pg_is_in_recovery()");
    assert_eq!(follows.expect("an answer"), "t");
    let mut tries = 0;
    while let Err(error) = writer.store(&mut [message("after")]) {
        tries += 1;
        assert!(tries < 20, "{error:?}");
        thread::sleep(Duration::from_millis(500));
    }
    let stored = second.run_sql(DATABASE, "SELECT count(*) FROM messages");
    assert_eq!(stored.expect("an answer"), "2");
    drop(second.stop(StopMode::Immediate));
}
