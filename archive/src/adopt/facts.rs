//! What is to be known of the other archive, and of ours, before anything is taken over.

use chrono::NaiveDateTime;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamp};

use crate::adopt::incumbent::within;
use crate::adopt::old_row::NAMES;
use crate::span::Span;

/// The tables that are read.
const TABLES: &str = "'{messages,users,packages,users_messages,packages_messages}'::text[]";

/// A text of the catalogue.
#[derive(QueryableByName)]
struct CatalogueText {
    #[diesel(sql_type = Text)]
    told: String,
}

/// A number of the catalogue.
#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Nullable<BigInt>)]
    number: Option<i64>,
}

#[derive(QueryableByName)]
struct Truth {
    #[diesel(sql_type = Bool)]
    truth: bool,
}

/// A server and a database.
#[derive(QueryableByName)]
pub(super) struct ServerFacts {
    /// Such as 150020.
    #[diesel(sql_type = Integer)]
    pub(super) version: i32,
    #[diesel(sql_type = Text)]
    pub(super) encoding: String,
    /// Where the server keeps its files, if it tells.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) data: Option<String>,
    /// The time zone in which sessions begin.
    #[diesel(sql_type = Text)]
    pub(super) time_zone: String,
}

/// When a message was sent: by its row, and by its header.
#[derive(QueryableByName)]
pub(super) struct Sent {
    #[diesel(sql_type = Timestamp)]
    pub(super) stored: NaiveDateTime,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) said: Option<String>,
}

fn texts(connection: &mut PgConnection, sql: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<CatalogueText> = diesel::sql_query(sql).load(connection)?;
    Ok(rows.into_iter().map(|row| row.told).collect())
}

fn number(connection: &mut PgConnection, sql: &str) -> QueryResult<u64> {
    let Number { number } = diesel::sql_query(sql).get_result(connection)?;
    Ok(number.unwrap_or_default().cast_unsigned())
}

fn truth(connection: &mut PgConnection, sql: &str) -> QueryResult<bool> {
    let Truth { truth } = diesel::sql_query(sql).get_result(connection)?;
    Ok(truth)
}

pub(super) fn server(connection: &mut PgConnection) -> QueryResult<ServerFacts> {
    diesel::sql_query(
        "SELECT current_setting('server_version_num')::integer AS version, current_setting('server_encoding') AS encoding,
                (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS data,
                (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS time_zone",
    )
    .get_result(connection)
}

/// Tables and columns that are missing.
pub(super) fn missing(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    let sql = format!("SELECT told FROM unnest({TABLES}) AS told WHERE to_regclass(told) IS NULL");
    let tables = texts(connection, &sql)?;
    if !tables.is_empty() {
        return Ok(tables);
    }
    // The last one is made by us.
    let columns = NAMES[..NAMES.len() - 1].join(",");
    let sql = format!(
        "SELECT 'messages.' || name AS told FROM unnest('{{{columns}}}'::text[]) AS name WHERE NOT EXISTS (
             SELECT FROM pg_attribute WHERE attrelid = to_regclass('messages') AND attname = name AND NOT attisdropped)"
    );
    texts(connection, &sql)
}

/// Tables that the role may not read.
pub(super) fn unreadable(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    let sql = format!(
        "SELECT told FROM unnest({TABLES}) AS told WHERE NOT has_table_privilege(told, 'SELECT')"
    );
    texts(connection, &sql)
}

/// The version of the schema in the count of the incumbent's models, if it is told.
pub(super) fn revision(connection: &mut PgConnection) -> QueryResult<Option<String>> {
    let sql = "SELECT coalesce(has_table_privilege(to_regclass('alembic_version'), 'SELECT'), false) AS truth";
    if !truth(connection, sql)? {
        return Ok(None);
    }
    let told = texts(
        connection,
        "SELECT version_num::text AS told FROM alembic_version",
    )?;
    Ok(told.into_iter().next())
}

/// Columns of times by which nothing can be found.
pub(super) fn without_index(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    texts(
        connection,
        "SELECT name || '.' || time AS told
         FROM (VALUES ('messages', 'timestamp'), ('users_messages', 'msg_timestamp'), ('packages_messages', 'msg_timestamp'))
             AS wanted (name, time)
         WHERE NOT EXISTS (
             SELECT FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
             WHERE indrelid = to_regclass(name) AND attname = time AND indisvalid)",
    )
}

/// Time zones that are set for the database, or for roles in it or everywhere: `role: zone`.
pub(super) fn time_zones(connection: &mut PgConnection) -> QueryResult<Vec<String>> {
    texts(
        connection,
        "SELECT concat(CASE setrole WHEN 0 THEN 'all roles' ELSE 'role ' || pg_get_userbyid(setrole) END, ': ',
                       split_part(setting, '=', 2)) AS told
         FROM pg_db_role_setting CROSS JOIN LATERAL unnest(setconfig) AS setting
         WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
           AND lower(split_part(setting, '=', 1)) = 'timezone'",
    )
}

/// Some of the newest messages.
pub(super) fn newest(connection: &mut PgConnection, span: Span) -> QueryResult<Vec<Sent>> {
    let within = within(span, "\"timestamp\"");
    diesel::sql_query(format!(
        "SELECT \"timestamp\" AS stored, headers ->> 'sent-at' AS said FROM messages
         WHERE {within} ORDER BY \"timestamp\" DESC LIMIT 500"
    ))
    .load(connection)
}

/// About how many messages of a span there are, by the statistics of the server.
pub(super) fn about(connection: &mut PgConnection, span: Span) -> QueryResult<u64> {
    #[derive(QueryableByName)]
    struct Explained {
        #[diesel(sql_type = Text)]
        #[diesel(column_name = "QUERY PLAN")]
        plan: String,
    }
    let within = within(span, "\"timestamp\"");
    let sql = format!("EXPLAIN SELECT FROM messages WHERE {within}");
    let lines: Vec<Explained> = diesel::sql_query(sql).load(connection)?;
    let rows = lines.first().and_then(|line| {
        let (_, rest) = line.plan.split_once(" rows=")?;
        rest.split(' ').next()?.parse().ok()
    });
    Ok(rows.unwrap_or_default())
}

/// The bytes of messages and of their users and packages, without indexes.
pub(super) fn bytes(connection: &mut PgConnection) -> QueryResult<u64> {
    let sql = format!(
        "WITH RECURSIVE tree AS (
             SELECT to_regclass(name)::oid AS oid FROM unnest({TABLES}) AS name
             UNION ALL SELECT inhrelid FROM pg_inherits JOIN tree ON inhparent = tree.oid)
         SELECT sum(pg_table_size(oid))::bigint AS number FROM tree"
    );
    number(connection, &sql)
}

/// How many tables messages are in, below the one that is read.
pub(super) fn chunks(connection: &mut PgConnection) -> QueryResult<u64> {
    number(
        connection,
        "SELECT count(*) AS number FROM pg_inherits WHERE inhparent = to_regclass('messages')",
    )
}

/// Whether messages are a table of TimescaleDB.
pub(super) fn is_hypertable(connection: &mut PgConnection) -> QueryResult<bool> {
    let sql = "SELECT to_regclass('_timescaledb_catalog.hypertable') IS NOT NULL AS truth";
    if !truth(connection, sql)? {
        return Ok(false);
    }
    truth(
        connection,
        "SELECT EXISTS (
             SELECT FROM _timescaledb_catalog.hypertable JOIN pg_class ON relname = table_name
             JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = schema_name
             WHERE pg_class.oid = to_regclass('messages')) AS truth",
    )
}

/// How many of its parts are compressed.
pub(super) fn compressed(connection: &mut PgConnection) -> QueryResult<u64> {
    let sql = "SELECT to_regclass('_timescaledb_catalog.chunk') IS NOT NULL AS truth";
    if !truth(connection, sql)? {
        return Ok(0);
    }
    number(
        connection,
        "SELECT count(*) AS number FROM _timescaledb_catalog.chunk
         WHERE to_jsonb(chunk) ->> 'compressed_chunk_id' IS NOT NULL",
    )
}

/// The highest key.
pub(super) fn last_id(connection: &mut PgConnection) -> QueryResult<u64> {
    number(connection, "SELECT max(id)::bigint AS number FROM messages")
}

/// Whether keys have no more than 32 bits.
pub(super) fn has_narrow_ids(connection: &mut PgConnection) -> QueryResult<bool> {
    truth(
        connection,
        "SELECT atttypid = 'integer'::regtype AS truth FROM pg_attribute
         WHERE attrelid = to_regclass('messages') AND attname = 'id'",
    )
}
