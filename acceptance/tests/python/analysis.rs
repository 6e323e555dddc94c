//! Groups as CSV, read by those who count with pandas and DuckDB.

use std::process::Command;

use crate::environment;
use crate::support::programs::{Grepper, migrate};

/// Names as nobody has them but a table must bear them.
const ODD: [&str; 7] = [
    "NA",
    "00123",
    "zoë, \"z\"",
    "two\nlines",
    "a;b\tc",
    "=1+2",
    "🦁",
];

#[test]
fn pandas_and_duckdb_read_the_groups_that_json_has() {
    let Some(programs) = environment::analysis() else {
        return;
    };
    let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
    let database = postgres.fresh_database().expect("a database");
    migrate(&database.url);
    let names = ODD.map(|name| format!("($name${name}$name$)")).join(", ");
    let sql = format!(
        r#"INSERT INTO users (name) VALUES {names};
        INSERT INTO packages (name) VALUES {names};
        INSERT INTO messages (id, msg_id, i, topic, "timestamp", category, agent_name, msg, headers)
            SELECT n, 'id-' || n, 0, 'org.x.' || (ARRAY['a', 'b', 'c,d'])[1 + n % 3], '2026-01-01'::timestamp + n * interval '7 hours',
                   (ARRAY['wiki', 'git'])[1 + n % 2], (SELECT name FROM users WHERE id = 1 + n % 7), '{{}}', '{{}}'
            FROM generate_series(1, 400) n;
        INSERT INTO users_messages SELECT 1 + id % 7, id, "timestamp" FROM messages;
        INSERT INTO packages_messages SELECT 1 + id % 5, id, "timestamp" FROM messages;"#
    );
    postgres.run_sql(&database.name, &sql).expect("inserted");
    let grepper = Grepper::start(&database.url, &[]);
    let mut command = Command::new(programs.join("python"));
    command.arg(environment::script("analysis.py"));
    let printed = environment::run(command.arg(&grepper.authority));
    let groups: u32 = printed.trim().parse().expect("a number");
    assert!(groups > 500, "{groups} groups");
}
