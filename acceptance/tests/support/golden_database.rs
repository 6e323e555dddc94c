//! The reference database, loaded by plain SQL as a foreign writer would.

use serde_json::Value;

use super::programs::migrate;
use super::shared_data;

/// Its URL; `None` where the shared data is absent.
pub fn url() -> Option<&'static str> {
    static URL: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    URL.get_or_init(|| {
        let statements = statements()?;
        let postgres = devstack::shared_postgres().expect("a PostgreSQL server");
        let database = postgres.fresh_database().expect("a database");
        migrate(&database.url);
        postgres
            .run_sql(&database.name, &statements)
            .expect("loaded");
        Some(database.url)
    })
    .as_deref()
}

/// What puts its rows into empty tables; `None` where the shared data is absent.
pub fn statements() -> Option<String> {
    let messages = shared_data::ndjson("reference/golden/messages.ndjson")?;
    Some(messages.iter().map(insert).collect())
}

fn insert(row: &Value) -> String {
    const COLUMNS: [&str; 14] = [
        "id",
        "msg_id",
        "i",
        "topic",
        "timestamp",
        "certificate",
        "signature",
        "category",
        "agent_name",
        "crypto",
        "source_name",
        "source_version",
        "msg",
        "headers",
    ];
    let values: Vec<String> = COLUMNS.iter().map(|column| literal(&row[column])).collect();
    let columns = COLUMNS.map(|column| format!("\"{column}\"")).join(", ");
    let mut sql = format!(
        "INSERT INTO messages ({columns}) VALUES ({});\n",
        values.join(", ")
    );
    for (names, table, key) in [
        ("users", "users", "user_id"),
        ("packages", "packages", "package_id"),
    ] {
        for name in row[names].as_array().expect("a list") {
            let name = literal(name);
            sql += &format!("INSERT INTO {table} (name) VALUES ({name}) ON CONFLICT DO NOTHING;\n");
            sql += &format!(
                "INSERT INTO {table}_messages ({key}, msg_id, msg_timestamp)
                 SELECT id, {}, {} FROM {table} WHERE name = {name};\n",
                row["id"],
                literal(&row["timestamp"])
            );
        }
    }
    sql
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => format!("'{}'", text.replace('\'', "''")),
        other => format!("'{}'", other.to_string().replace('\'', "''")),
    }
}
