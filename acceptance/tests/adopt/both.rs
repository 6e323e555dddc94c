//! An archive of the incumbent, and ours beside it.

use std::process::Command;

use devstack::{Database, Postgres};

use crate::support::programs::{clean, migrate};

/// All columns but the key, and whom and what it concerns.
const ROWS: &str = "SELECT concat_ws(' | ', coalesce(msg_id, 'NULL'), i, topic, \"timestamp\", certificate, signature, category,
        coalesce(agent_name, 'NULL'), crypto, source_name, source_version, msg, coalesce(headers::text, 'NULL'),
        array(SELECT name FROM users JOIN users_messages u ON user_id = users.id
              WHERE u.msg_id = m.id AND msg_timestamp = m.\"timestamp\" ORDER BY name),
        array(SELECT name FROM packages JOIN packages_messages p ON package_id = packages.id
              WHERE p.msg_id = m.id AND msg_timestamp = m.\"timestamp\" ORDER BY name))
    FROM messages m ORDER BY \"timestamp\", msg_id, msg, id";

pub fn server() -> &'static Postgres {
    devstack::shared_postgres().expect("a PostgreSQL server")
}

/// The incumbent's archive with so many messages, each tenth without an id.
pub fn old(count: u32) -> Database {
    let old = server().fresh_database().expect("a database");
    let name = &old.name;
    sql(
        &old,
        &format!("ALTER DATABASE \"{name}\" SET timezone = 'UTC'"),
    );
    for part in [TABLES, &messages(count), INDEXES] {
        sql(&old, part);
    }
    old
}

/// The statements that make the tables of the incumbent, before they have indexes.
pub const TABLES: &str = include_str!("../../../bench/src/incumbent/tables.sql");
/// The statements that make their indexes.
pub const INDEXES: &str = include_str!("../../../bench/src/incumbent/indexes.sql");

/// Statements that fill the incumbent's tables with so many messages, each tenth without an id.
pub fn messages(count: u32) -> String {
    format!(
        r#"INSERT INTO users (name) SELECT 'user-' || n FROM generate_series(1, 200) AS n;
        INSERT INTO packages (name) SELECT 'package-' || n FROM generate_series(1, 300) AS n;
        INSERT INTO messages (msg_id, i, topic, "timestamp", category, agent_name, source_name, source_version, msg, headers)
        SELECT CASE WHEN n % 10 > 0 THEN 'id-' || n END, 0, 'a.b.c.git.' || n % 30, timestamp '2024-12-20' + n * interval '1 minute',
               'git', 'user-' || n % 20, 'datanommer', '1.4.0', '{{"n":' || n || ', "text": "' || repeat('x', n % 1000) || '"}}', '{{"priority": 0}}'
        FROM generate_series(1, {count}) AS n;
        INSERT INTO users_messages SELECT 1 + id % 200, id, "timestamp" FROM messages;
        INSERT INTO packages_messages SELECT DISTINCT 1 + id * k % 300, id, "timestamp" FROM messages, generate_series(1, 2) AS k;"#
    )
}

/// Ours, empty.
pub fn new() -> Database {
    let new = server().fresh_database().expect("a database");
    migrate(&new.url);
    new
}

pub fn sql(database: &Database, sql: &str) -> String {
    server().run_sql(&database.name, sql).expect(sql)
}

pub fn rows(database: &Database) -> String {
    sql(database, ROWS)
}

/// The command, with more arguments.
pub fn adopt(old: &Database, new: &Database, arguments: &[&str]) -> Command {
    let mut command = clean("nommer");
    command
        .args(["adopt", "-c", "/dev/null"])
        .args(arguments)
        .env("NOMMER_ADOPT_FROM", &old.url)
        .env("DATABASE_URL", &new.url);
    command
}

/// Runs it to its end; answers its code and what it said.
pub fn run(old: &Database, new: &Database, arguments: &[&str]) -> (Option<i32>, String) {
    let output = adopt(old, new, arguments).output().expect("nommer");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.code(), said)
}

#[track_caller]
pub fn succeed(old: &Database, new: &Database, arguments: &[&str]) -> String {
    let (code, said) = run(old, new, arguments);
    assert_eq!(code, Some(0), "{said}");
    said
}

/// Everything that a database holds, as it is dumped.
pub fn dump(database: &Database) -> String {
    let output = Command::new("pg_dump")
        .arg(&database.url)
        .output()
        .expect("pg_dump");
    assert!(output.status.success(), "{output:?}");
    let dump = String::from_utf8_lossy(&output.stdout).into_owned();
    // These have a key that is another each time.
    let is_kept =
        |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    dump.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
}
