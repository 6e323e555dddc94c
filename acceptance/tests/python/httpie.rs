//! The documented examples, asked with httpie.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::environment;
use crate::support::programs::{Grepper, migrate};

#[test]
fn the_documented_examples_work_with_httpie() {
    let Some(programs) = environment::programs() else {
        return;
    };
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let insert = |id: u32, category: &str, user: &str, ago: u32| {
        format!(
            "INSERT INTO messages (id, msg_id, i, topic, \"timestamp\", category, msg, headers) VALUES ({id}, 'id-{id}', 0,
                 'org.fedoraproject.prod.{category}.x', now() AT TIME ZONE 'UTC' - interval '{ago} hours', '{category}', '{{}}', '{{}}');
             INSERT INTO users (name) VALUES ('{user}') ON CONFLICT DO NOTHING;
             INSERT INTO users_messages SELECT u.id, m.id, m.\"timestamp\" FROM users u, messages m WHERE u.name = '{user}' AND m.id = {id};"
        )
    };
    let sql = insert(1, "bodhi", "toshio", 1)
        + &insert(2, "wiki", "pingou", 2)
        + &insert(3, "wiki", "toshio", 60)
        + &insert(4, "git", "toshio", 3);
    postgres.run_sql(&database.name, &sql).expect("inserted");
    let grepper = Grepper::start(&database.url, &["--base-path", "/datagrepper"]);
    let http = |arguments: &[&str]| -> String {
        let mut command = Command::new(programs.join("http"));
        command
            .args([
                "--ignore-stdin",
                "--check-status",
                "--pretty=none",
                "--body",
            ])
            .stdin(Stdio::null());
        environment::run(command.args(arguments))
    };
    let json = |path: &str, arguments: &[&str]| -> Value {
        let url = format!("{}/datagrepper{path}", grepper.authority);
        let printed = http(&[&["GET", url.as_str()], arguments].concat());
        serde_json::from_str(&printed).expect("JSON")
    };
    let total =
        |path: &str, arguments: &[&str]| json(path, arguments)["total"].as_u64().expect("a number");
    assert_eq!(total("/v2/search", &[]), 4);
    assert_eq!(
        total(
            "/raw",
            &[
                "delta==172800",
                "category==bodhi",
                "category==wiki",
                "user==toshio",
                "user==pingou"
            ]
        ),
        2
    );
    assert_eq!(total("/v2/search", &["category==wiki", "order==asc"]), 2);
    assert_eq!(
        total("/v2/search", &["user==toshio", "not_category==git"]),
        2
    );
    assert_eq!(total("/raw", &["rows_per_page==1", "page==2"]), 4);
    assert_eq!(json("/v2/id", &["id==id-3"])["id"], "id-3");
    assert_eq!(json("/messagecount", &[])["messagecount"], 4);
    // `--json` sends its own Accept.
    let url = format!("{}/datagrepper/v2/search", grepper.authority);
    let printed = http(&["--json", "GET", &url, "topic==org.fedoraproject.prod.git.x"]);
    assert_eq!(
        serde_json::from_str::<Value>(&printed).expect("JSON")["total"],
        1
    );
    let missing = Command::new(programs.join("http"))
        .args([
            "--ignore-stdin",
            "--check-status",
            "GET",
            &format!("{}/datagrepper/id", grepper.authority),
            "id==nope",
        ])
        .output()
        .expect("http");
    assert_eq!(missing.status.code(), Some(4));
}
