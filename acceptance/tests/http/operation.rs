//! grepper in operation: the database away, slow or read-only, and how the process ends.

use std::time::Duration;

use devstack::{Postgres, PostgresOptions, StopMode};

use crate::own_database;
use crate::support::eventually;
use crate::support::http::as_sent;
use crate::support::programs::{Grepper, clean, migrate};

#[test]
fn a_read_only_role_suffices() {
    let database = own_database::get();
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    postgres
        .run_sql(
            &database.name,
            "CREATE ROLE reader LOGIN; GRANT pg_read_all_data TO reader; ALTER ROLE reader SET default_transaction_read_only = on",
        )
        .expect("a role");
    let url = database.url.replacen("postgres@", "reader@", 1);
    assert_ne!(url, database.url);
    let grepper = Grepper::start(&url, &[]);
    for path in [
        "/raw?user=ralph",
        "/id?id=2024-0000",
        "/messagecount",
        "/healthz/ready",
        "/charts/line?delta=3600",
    ] {
        assert_eq!(grepper.get(path).status, 200, "{path}");
    }
}

#[test]
fn without_its_database_it_answers_503_and_recovers() {
    let mut postgres = Postgres::start(PostgresOptions::default()).expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    postgres.stop(StopMode::Fast).expect("stopped");
    let grepper = Grepper::start(&database.url, &[]);
    for path in [
        "/raw",
        "/v2/search",
        "/id?id=x",
        "/messagecount",
        "/charts/line",
    ] {
        let answer = grepper.get(path);
        assert_eq!(answer.status, 503, "{path}");
        assert!(answer.header("retry-after").is_some(), "{path}");
        for secret in ["127.0.0.1", "postgres", "libpq", "connection refused"] {
            assert!(!answer.body.contains(secret), "{path}: {}", answer.body);
        }
    }
    assert_eq!(grepper.get("/healthz/live").status, 200);
    let ready = grepper.get("/healthz/ready");
    assert_eq!(ready.status, 503);
    assert_eq!(
        ready.json(),
        serde_json::json!({"status": 503, "title": "Can't connect to the database"})
    );
    postgres.start_again().expect("started");
    eventually("it recovers", Duration::from_secs(20), || {
        grepper.get("/raw").status == 200
    });
    postgres.stop(StopMode::Immediate).expect("stopped");
    postgres.start_again().expect("started");
    eventually("it recovers from a crash", Duration::from_secs(20), || {
        grepper.get("/raw").status == 200
    });
}

#[test]
fn a_query_past_its_deadline_is_503_with_retry_after() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    migrate(&own.url);
    let grepper = Grepper::start(&own.url, &["--statement-timeout-ms", "300"]);
    assert_eq!(grepper.get("/raw").status, 200);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            postgres
                .run_sql(
                    &own.name,
                    "BEGIN; LOCK TABLE messages, counters; SELECT pg_sleep(3); COMMIT",
                )
                .expect("locked")
        });
        std::thread::sleep(Duration::from_millis(800));
        let answer = grepper.get("/raw");
        assert_eq!(
            (answer.status, answer.header("retry-after").is_some()),
            (503, true),
            "{}",
            answer.body
        );
    });
    assert_eq!(grepper.get("/raw").status, 200);
}

#[test]
fn answers_are_compressed_for_those_who_ask() {
    let grepper = Grepper::start(&own_database::get().url, &[]);
    let encoding = |headers: &[(&str, &str)]| {
        let path = "/raw?rows_per_page=100&start=1";
        let (head, body) = as_sent(&grepper.authority, path, headers);
        let mut lines = head.lines();
        let encoding = lines.find_map(|line| line.strip_prefix("content-encoding: "));
        // Whoever claims gzip must send it.
        assert_eq!(body.starts_with(&[0x1f, 0x8b]), encoding.is_some());
        encoding.map(str::to_owned)
    };
    assert_eq!(encoding(&[]), None);
    assert_eq!(encoding(&[("Accept-Encoding", "identity")]), None);
    assert_eq!(
        encoding(&[("Accept-Encoding", "gzip, deflate")]).as_deref(),
        Some("gzip")
    );
}

#[test]
fn sigterm_ends_it_in_order() {
    let mut grepper = Grepper::start(&own_database::get().url, &[]);
    grepper.process.terminate().expect("signalled");
    let status = grepper
        .process
        .wait(Duration::from_secs(120))
        .expect("waited")
        .expect("ended");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn settings_come_from_flag_environment_and_file_in_this_order() {
    let refused = |arguments: &[&str], fragment: &str| {
        let output = clean("grepper").args(arguments).output().expect("run");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(fragment), "{arguments:?}: {text}");
    };
    refused(
        &["--listen", "nonsense", "--database-url", "postgres://x/y"],
        "listen",
    );
    refused(
        &[
            "--default-query-delta",
            "soon",
            "--database-url",
            "postgres://x/y",
        ],
        "default-query-delta",
    );
    refused(
        &["--cors-domains", "(", "--database-url", "postgres://x/y"],
        "cors",
    );
}

#[test]
fn all_of_time_from_year_1_to_9999_can_be_asked_for() {
    let database = own_database::get();
    let grepper = Grepper::start(&database.url, &[]);
    let total = database.entries.len();
    let all = "start=0001-01-01&end=9999-12-31T23:59:59.999999";
    for filter in [
        "",
        "&user=ralph&user=lmacken",
        "&not_category=none",
        "&agent=x",
    ] {
        let path = |span: &str| format!("/raw?rows_per_page=1&page=2&{span}{filter}");
        let open = grepper.get(&path("")).json();
        let answer = grepper.get(&path(all));
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        assert_eq!(answer.json()["total"], open["total"], "{filter}");
        assert_eq!(
            answer.json()["raw_messages"],
            open["raw_messages"],
            "{filter}"
        );
    }
    let answer = grepper.get(&format!("/v2/search?rows_per_page=1&{all}"));
    assert_eq!(answer.json()["total"], total);
    assert_eq!(answer.json()["arguments"]["end"], 253402300800.0);
    for kind in ["line", "bar"] {
        let chart = grepper.get(&format!(
            "/charts/{kind}?N=3&split_on=categories&category=git&{all}"
        ));
        assert_eq!(chart.status, 200, "{kind}: {}", chart.body);
    }
}

#[test]
fn a_schema_that_is_too_old_is_told_once_and_asks_to_come_again() {
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let own = postgres.fresh_database().expect("a database");
    let grepper = Grepper::start(&own.url, &[]);
    eventually("nobody has to ask", Duration::from_secs(20), || {
        let log = grepper.process.log().expect("its log");
        log.contains("run `nommer migrate`")
    });
    let not_ready = |reason: &str| {
        let ready = grepper.get("/healthz/ready");
        assert_eq!(ready.status, 503, "{}", ready.body);
        let detail = ready.json()["detail"].to_string();
        assert!(detail.contains(reason), "{detail}");
    };
    not_ready("run `nommer migrate`");
    for _ in 0..5 {
        let answer = grepper.get("/raw");
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert_eq!(answer.header("retry-after"), Some("5"));
    }
    let log = grepper.process.log().expect("its log");
    assert_eq!(log.matches("run `nommer migrate`").count(), 1, "{log}");
    migrate(&own.url);
    assert_eq!(grepper.get("/raw").status, 200);
    assert_eq!(grepper.get("/healthz/ready").status, 200);
    // Searches may still work without the last migration, or seem to.
    let back = clean("nommer")
        .args(["migrate", "--rollback", "--drop-data"])
        .env("DATABASE_URL", &own.url)
        .output()
        .expect("nommer");
    assert!(back.status.success(), "{back:?}");
    not_ready("the database lacks 1 of");
}
